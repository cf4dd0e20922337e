/// Uses of shared sessions: a session that is used on one host must not become idle on the others. Uses go to the store
/// in batches; what the store answers about the sessions is taken up.
extension ClusterHost {
    /// Notes a use of a session that this host holds. It is reported if the last report is older than a twentieth of
    /// the session's idle time.
    mutating func use(_ digest: SharedDigest) {
        guard uses.count < limits.copyCapacity, copies.use(digest, at: now) else { return }
        uses.add(digest)
        planReport()
    }

    private mutating func planReport() {
        guard uses.isWanted, !uses.isPlanned else { return }
        uses.isPlanned = true
        timers.add(.uses, at: now + limits.usePause)
    }

    mutating func reportIsDue() {
        uses.isPlanned = false
        reportUses()
    }

    /// Reports the next uses, if this host is a member and no report is under way.
    mutating func reportUses() {
        guard isMember, uses.sent.isEmpty else { return }
        var batch: [SessionUse] = []
        while batch.isEmpty, uses.isWanted {
            batch = uses.next(limits.useBatch).compactMap { digest in
                copies.report(digest).map { SessionUse(digest: digest, age: UInt32(clamping: now.since($0).seconds)) }
            }
        }
        guard !batch.isEmpty else { return uses.finish() }
        _ = send(.touch(batch), for: .uses, isConfirmed: false)
    }

    mutating func takeUses(_ reply: StoreReply) {
        switch reply {
        case .touched(let absent, let ended):
            uses.finish()
            // Of a session that is moved here, the move's answer or the stream tells.
            for digest in ended where !isMoving(digest) { endCopy(digest, 0) }
            putBackUsed(absent)
            if uses.isDraining { reportUses() } else { planReport() }
        case .refused(.epoch):
            loseReport()
            doubtEpoch()
        default: loseReport()
        }
    }

    /// The call is gone: its uses are reported again.
    mutating func loseReport() {
        for digest in uses.sent where copies.use(digest) { uses.add(digest) }
        uses.finish()
        planReport()
    }

    /// Puts sessions back that the store does not have although they are used here. A recovery does that by itself.
    private mutating func putBackUsed(_ absent: [SharedDigest]) {
        guard recovery == nil else { return }
        let items = absent.compactMap { digest in
            copies[digest].map { PutBack(digest: digest, stamp: $0.stamp, era: $0.edition.era, record: nil) }
        }
        for start in stride(from: 0, to: items.count, by: limits.putBackBatch) {
            let some = items[start..<min(start + limits.putBackBatch, items.count)]
            _ = send(.again(Array(some)), for: .putBackUsed, isConfirmed: false)
        }
    }

    /// Drops the copies that the store refuses to take back: a fetch finds out what became of their sessions.
    mutating func takePutBackUsed(_ reply: StoreReply) {
        switch reply {
        case .putBack(let ended): for digest in ended { dropCopy(digest) }
        case .refused(.epoch): doubtEpoch()
        default: break
        }
    }
}
