/// Trimming: one host has the store remove the entries of the stream that matter to nobody any more.
///
/// That host is the lowest of the members that the last list has shown. Two hosts that take themselves for it do no
/// harm: a call is atomic, and what one has removed the other does not find.
extension ClusterHost {
    /// Whether this host is to trim. A host without a lease may know old members. While a recovery is under way hosts
    /// are awaited that have not read the stream.
    private var isToTrim: Bool {
        guard case .member(let membership) = standing, now < lease, recovery == nil else { return false }
        return membership.sightings.keys.allSatisfy { member < $0 }
    }

    /// Plans the next call, if this host is to trim and no call is planned or under way.
    mutating func planTrim(after pause: BootSpan? = nil) {
        guard case .idle = trimming, isToTrim else { return }
        if pause == nil { trimPaid = told }
        trimming = .planned
        timers.add(.trim, at: now + (pause ?? limits.trimPause))
    }

    mutating func trimIsDue() {
        guard case .planned = trimming else { return }
        trimming = .idle
        guard isToTrim else { return }
        trimming = .calling(since: now)
        _ = send(.trim(count: limits.trimBatch), for: .trim, isConfirmed: false)
    }

    /// Goes on soon while a quarter of the entries go, or while fewer than four were looked at for each that was
    /// written: so what goes is soon found behind any number of entries that stay. That takes at most a quarter of the
    /// store's time.
    mutating func takeTrim(_ reply: StoreReply) {
        guard case .calling(let since) = trimming else { return }
        trimming = .idle
        switch reply {
        case .trimmed(let removed):
            trimRetries.reset()
            let quarter = UInt64(limits.trimBatch / 4)
            let written = told - min(told, trimPaid)
            trimPaid = written > quarter ? trimPaid + quarter : told
            let isBusy = removed >= quarter || written > quarter
            planTrim(after: isBusy ? now.since(since).scaled(percent: 300) : limits.trimPause)
        case .refused(.epoch): doubtEpoch()
        default: planTrim(after: trimRetries.grow(jitter: random()))
        }
    }

    /// The call is gone, if one is under way.
    mutating func loseTrim() {
        if case .calling = trimming { trimming = .idle }
    }
}

/// How far a host is with the trimming of the stream.
enum Trimming: Sendable {
    /// Nothing is to be done, unless a beat says so.
    case idle
    /// A timer runs for the next call.
    case planned
    /// The store was called.
    case calling(since: BootInstant)
}
