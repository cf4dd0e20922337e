extension ClusterHost {
    mutating func takeUp(_ entries: [NumberedEntry], isEnd: Bool) {
        for numbered in entries where numbered.stamp > position {
            if case .unknown(let kind) = numbered.entry { return stop(.unknownEntry(kind: kind)) }
            if numbered.stamp.ordinal > ordinal { return leaveEpoch() }
            if hasGap(before: numbered.stamp) {
                guard hasReadJoin else { return readAgain() }
                missEntries()
            }
            position = numbered.stamp
            apply(numbered.entry)
            if case .joined(let other) = numbered.entry, numbered.stamp.ordinal == ordinal {
                view.insert(other, number: numbered.stamp.number)
                if other == member, !isReading { hasReadJoin = true }
            }
        }
        useGrant()
        trustIfWhole()
        guard case .reading(let wanted, _) = standing else { return }
        control.deadline = now + limits.callPatience
        if isEnd, acknowledgedHere < wanted { position = Stamp(ordinal: ordinal, number: wanted) }
        if acknowledgedHere >= wanted { finishReading() }
    }

    /// The store is in a new epoch. The stream shows it before an answer to a call does.
    private mutating func leaveEpoch() {
        following = nil
        switch standing {
        case .reading, .member: greet()
        default: break
        }
    }

    /// Entries are missing before that of this host's join: until then the others need not wait for it before they trim
    /// what all have. It reads on from before the gap, and asks whether what is gone matters.
    private mutating func readAgain() {
        switch standing {
        case .checking, .telling, .joining, .member: greet()
        default: break
        }
    }

    private var isReading: Bool { if case .reading = standing { true } else { false } }

    /// Whether entries before `stamp` are missing. False while the host reads the stream before its join, because
    /// `takeCheck` finds the gaps of that reading.
    private func hasGap(before stamp: Stamp) -> Bool {
        if isReading { return false }
        return stamp != Stamp(ordinal: ordinal, number: acknowledgedHere &+ 1)
    }

    private var acknowledgedHere: UInt64 { position.ordinal == ordinal ? position.number : 0 }

    private mutating func apply(_ entry: StreamEntry) {
        switch entry {
        case .ended(let notice):
            applyEnd(notice)
            // The answer to the call that ended it says whether that has acknowledged it.
            if case .member(let membership) = standing, membership.uncounted.contains(notice.tag) { return }
        case .moved(let notice):
            let succession = Succession(notice.note)
            if succession != nil { yieldMove(of: notice.digest) { $0 != succession } }
            noteEnd(notice.digest, notice.absolute, to: succession, told: epoch)
            // Another host may have been faster with a rotation of the same token.
            noteExecuted {
                guard case .move(let order) = $0.order else { return false }
                return order.old == notice.digest && order.new == succession?.digest
            }
            endCopy(notice.digest, notice.reason)
        case .changed(let change): applyChange(change)
        case .userEnded(let bucket, let stamp, let spared, let until, _):
            applyUserEnd(bucket, stamp, spared, until)
        case .realmEnded(let realm, let stamp, let until, _): applyRealmEnd(realm, stamp, until)
        case .opened, .unknown: return
        case .left: return forgetList()
        case .joined: forgetList()
        }
        acknowledgeSoon()
    }

    private mutating func applyEnd(_ notice: EndNotice) {
        if notice.reason == EndNotice.restored { yieldMove(of: notice.digest) { _ in true } }
        noteEnd(notice.digest, notice.absolute, told: epoch)
        // With the reason `restored` the entry may only repeat the end of a token. The session may go on under another
        // token, so its tag does not end.
        let endsTag = notice.reason != EndNotice.restored || notice.digest.isHandle
        if notice.tag != .none, endsTag {
            noteEnd(SharedDigest(handle: notice.tag), notice.absolute, told: epoch)
            if let digest = copies.find(notice.tag) { endCopy(digest, notice.reason) }
        }
        endCopy(notice.digest, notice.reason)
    }

    private mutating func applyChange(_ change: KnownChange) {
        if !changes.insert(change, told: epoch, seconds: clock.read(at: now)) { overflow() }
        noteExecuted(era: change.edition.era) { $0.digest == change.digest && $0.record.nonce == change.nonce }
        yieldMove(of: change.digest) { $0.edition < change.edition }
        if guards.has(.dirtyFetch) { soil(change) }
        guard let copy = copies[change.digest] else { return }
        if copy.nonce == change.nonce, copy.edition.version == change.edition.version {
            copies.renew(change.digest, as: max(copy.edition, change.edition))
        } else if copy.edition <= change.edition {
            dropCopy(change.digest)
        }
    }

    /// Notes that the store has executed a write, and the era that its record got.
    private mutating func noteExecuted(era: UInt64? = nil, _ isMeant: (Write) -> Bool) {
        for (order, write) in writes where isMeant(write) {
            writes[order]?.isExecuted = true
            if let era { writes[order]?.era = era }
            // A host that came late has told the store of it: what the store answered before is not its fate.
            if write.isOfOlderEpoch, !write.isExecuted, recovery?.rest != nil { awaitFate(order) }
        }
    }

    private mutating func applyUserEnd(_ bucket: UInt32, _ stamp: Stamp, _ spared: SessionTag, _ until: UInt32) {
        raiseWrites(bucket, spared, stamp)
        let end = KnownEndOfAll(kind: .user, bucket: bucket, stamp: stamp, spared: spared, until: until)
        if !lastOfUser.insert(end, told: epoch, seconds: clock.read(at: now)) { overflow() }
        for digest in copies.list(bucket: bucket) {
            if spared != .none, copies[digest]?.tag == spared {
                spare(digest, stamp)
            } else {
                endCopy(digest, below: stamp)
            }
        }
    }

    /// Raises the stamp of a spared copy. A doubtful copy is dropped: only the store knows whether it was spared.
    private mutating func spare(_ digest: SharedDigest, _ stamp: Stamp) {
        guard let copy = copies[digest], copy.stamp < stamp else { return }
        if copy.isDoubtful, stamp.ordinal == ordinal { return dropCopy(digest) }
        copies.raise(digest, to: stamp)
    }

    /// Raises the stamp of the writes to a spared session, unless an earlier end of all has ended it.
    private mutating func raiseWrites(_ bucket: UInt32, _ spared: SessionTag, _ stamp: Stamp) {
        for (order, write) in writes where spared != .none && write.record.tag == spared {
            guard let old = write.stamp, old < stamp, old >= lastOfUser.least(bucket),
                old >= lastOfRealm.least(write.record.realm)
            else { continue }
            writes[order]?.stamp = stamp
        }
    }

    private mutating func applyRealmEnd(_ realm: UInt32, _ stamp: Stamp, _ until: UInt32) {
        let end = KnownEndOfAll(kind: .realm, bucket: realm, stamp: stamp, spared: .none, until: until)
        if !lastOfRealm.insert(end, told: epoch, seconds: clock.read(at: now)) { overflow() }
        for digest in copies.list(realm: realm) { endCopy(digest, below: stamp) }
    }

    private mutating func endCopy(_ digest: SharedDigest, below stamp: Stamp) {
        guard let copy = copies[digest], copy.stamp < stamp || !guards.has(.endAllComparesNumber) else { return }
        endCopy(digest, 0)
    }

    mutating func endCopy(_ digest: SharedDigest, _ reason: UInt8) {
        if copies.remove(digest) { act(.end(digest, reason: reason)) }
    }

    mutating func dropCopy(_ digest: SharedDigest) {
        if copies.remove(digest) { act(.drop(digest)) }
    }

    /// Forgets all copies. Returns how many there were.
    mutating func dropCopies() -> Int {
        let count = copies.removeAll()
        if count > 0 { act(.dropAll) }
        return count
    }

    mutating func missEntries() {
        guard guards.has(.gapDropsCopies) else { return }
        soilAll()
        let dropped = dropCopies()
        if dropped > 0 { act(.report(.missedEntries(dropped: dropped))) }
    }

    /// Notes an end, or a move. `told` is the epoch whose stream has told it; nil where it is this host's own.
    mutating func noteEnd(
        _ digest: SharedDigest, _ absolute: UInt32, to succession: Succession? = nil, told: Epoch? = nil
    ) {
        let end = KnownEnd(digest: digest, absolute: absolute, succession: succession)
        if !ends.insert(end, told: told, seconds: clock.read(at: now)) { return overflow() }
        let newest = changes.edition(digest)
        yieldMove(of: digest) { $0.edition < newest }
        changes.remove(digest)
    }

    /// Marks the move of `digest` as outdated, if something newer is known: then the store has lost the move, and
    /// nobody was answered. Follows up to eight moves in a row, drops the copy under each later digest, and fails the
    /// changes there.
    private mutating func yieldMove(of digest: SharedDigest, if isOlder: (Succession) -> Bool) {
        guard guards.has(.moveYieldsToNewer), let first = ends.succession(digest), isOlder(first) else { return }
        var last = digest
        for _ in 0..<8 {
            ends.outdate(last)
            guard let next = ends.succession(last) else { return }
            dropCopy(next.digest)
            failChanges(of: next.digest)
            last = next.digest
        }
    }

    /// A table is full: ends the lease, drops all copies, and empties the tables, which then concern no copy. No beat of
    /// before begins a lease again: an end that is on its way to the store may be acknowledged by its own call, and only
    /// beats behind that call are answered with its number.
    private mutating func overflow() {
        guard guards.has(.endsBesideLedger) else { return }
        giveUpLease()
        if case .member(var membership) = standing {
            membership.beat?.isVoid = true
            membership.grant = nil
            standing = .member(membership)
        }
        soilAll()
        emptyTables()
        (remembers, heritage, lineage) = (false, nil, Lineage())
        act(.report(.endsOverflowed(dropped: dropCopies())))
    }

    /// Forgets all ends and changes.
    mutating func emptyTables() {
        ends.removeAll()
        lastOfUser.removeAll()
        lastOfRealm.removeAll()
        changes.removeAll()
    }

    /// Whether the table of ends has the session of a record that came from the store.
    func hasEnded(_ digest: SharedDigest, _ record: SharedRecord) -> Bool {
        guards.has(.fetchMeetsEnds) && ends.has(digest, record)
    }

    /// Whether a record that came from the store is still good here.
    func isGood(_ digest: SharedDigest, _ record: SharedRecord) -> Bool {
        if hasEnded(digest, record) { return false }
        guard guards.has(.adoptComparesNumber) else { return true }
        return record.stamp >= lastOfUser.least(record.bucket)
            && (record.stamp >= lastOfRealm.least(record.realm) || !guards.has(.everybodyIsCompared))
    }

    /// Takes a good record in. Returns false if the session has expired.
    mutating func adopt(_ digest: SharedDigest, _ record: SharedRecord, isMade: Bool = false) -> Bool {
        let seconds = clock.read(at: now)
        guard UInt64(record.absolute) > seconds else { return false }
        let end = now + .milliseconds((UInt64(record.absolute) - seconds) * 1_000)
        let age = BootSpan.milliseconds((seconds - min(seconds, UInt64(record.seen))) * 1_000)
        let pause = BootSpan.milliseconds(UInt64(record.idle) * 50)
        let copy = CopyTable.Copy(
            edition: record.edition, nonce: record.nonce, stamp: record.stamp, bucket: record.bucket,
            realm: record.realm, tag: record.tag, absolute: record.absolute, end: end,
            reportAt: age < pause ? now + pause - age : now, reportPause: pause, isMade: isMade)
        if let displaced = copies.insert(digest, copy) { act(.drop(displaced)) }
        act(.adopt(digest, record, end: end))
        return true
    }
}
