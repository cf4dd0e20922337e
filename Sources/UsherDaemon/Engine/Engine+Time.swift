internal import UsherLogin
internal import UsherSessions

/// What happens because time passes, and how the engine ends.
extension Engine {
    /// Slots that one tick may look at, and sessions that it may end: about a millisecond of work.
    private static let sweep = SweepBudget(examined: 65_536, ended: 4096)

    /// When ``tick()`` has something to do next, in nanoseconds of CLOCK_BOOTTIME; nil while nothing is pending.
    package var nextDeadline: Int64? {
        let login = logins.nextDeadline.map(\.wholeNanoseconds)
        let session = sweepsAgain ?? ledger.nextDeadline.map { Int64($0.rawValue) * 1_000_000_000 }
        return [login, session].compactMap(\.self).min()
    }

    /// Releases refusals, ends overdue logins, reclaims expired sessions.
    package func tick() {
        now = clock()
        for (id, _, action) in logins.expire(now: now.sinceBoot) { perform(action, of: id) }
        if let deadline = ledger.nextDeadline, deadline <= now.seconds { sweepLedger() }
    }

    private func sweepLedger() {
        var expired = 0
        let finished = ledger.sweep(now: now.seconds, budget: Self.sweep) { _, _, _ in expired += 1 }
        sweepsAgain = finished ? nil : now.nanoseconds + 1_000_000
        if expired > 0 { host.record(.expired(count: expired)) }
    }

    /// Told by the ledger of each session that an operation ended.
    func noteEnd(_ ledger: borrowing Ledger, _ session: Session, _ reason: EndReason) {
        guard reason == .evicted else { return }
        host.record(.evicted(user: ledger.name(of: ledger.user(of: session)), handle: session.handle.text))
    }

    /// Whether a login still has an answer coming without anybody's help.
    package var isBusy: Bool { logins.count > 0 }

    /// Ends the logins that wait for a person: nobody will answer them any more.
    package func drain() {
        now = clock()
        for record in records.all where peer(record.connection)?.inFlight.contains(record.request) != true {
            if let action = try? logins.cancelled(record.id, connection: record.connection.word, now: now.sinceBoot) {
                perform(action, of: record.id)
            }
        }
    }
}
