internal import UsherCluster
internal import UsherLogin
internal import UsherNames
internal import UsherSecrets
internal import UsherSessions
internal import UsherWire

/// What happens because time passes, and how the engine ends.
extension Engine {
    /// How long requests have the loop to themselves between two sweeps, in nanoseconds.
    private static let pause: Int64 = 1_000_000
    /// Slots that one tick may look at, and sessions that it may end: about a millisecond of work.
    private static let sweep = SweepBudget(examined: 65_536, ended: 1024)
    /// The budget while somebody subscribes to expiries: half of the events that may wait for a subscriber, so that a
    /// subscriber that reads is not cut off.
    private static let watchedSweep = SweepBudget(examined: 65_536, ended: 128)

    /// The end of each turn: answers what was dropped, tells the host when the next tick is due, if that has changed.
    func settleDeadline() {
        settleCluster()
        settleReplies()
        if deadlines.loginsChanged {
            // A part of a nanosecond is rounded up: a tick before the deadline would find nothing to do.
            deadlines[.login] = logins.nextDeadline.map { min($0.wholeNanoseconds, .max - 1) + 1 }
            deadlines.loginsChanged = false
            openLogins = logins.count
        }
        settleStatus()
        if toldStatus.sessions == 0 { deadlines[.session] = nil }
        if deadlines.accountsChanged { watchAccounts() }
        guard deadlines.next != deadlines.told else { return }
        deadlines.told = deadlines.next
        host.wake(at: deadlines.told)
    }

    /// A session was made that ends at `instant` unless it is used.
    func noteDeadline(_ instant: LedgerSeconds) {
        deadlines[.session] = min(deadlines[.session] ?? .max, Int64(instant.rawValue) * 1_000_000_000)
    }

    /// Releases refusals, ends overdue logins, sends the broker what it is owed, checks accounts, sweeps the ledger.
    package func tick() {
        now = clock()
        deadlines.told = nil
        for decision in logins.expire(now: now.sinceBoot) { perform(decision) }
        deadlines.loginsChanged = true
        if let due = deadlines[.cluster], due <= now.nanoseconds { tell(.timePassed) }
        if let broker = deadlines[.broker], broker <= now.nanoseconds { sendOwed() }
        if let account = deadlines[.account], account <= now.nanoseconds { watchAccounts() }
        if let session = deadlines[.session], session <= now.nanoseconds { sweepLedger() }
        settleDeadline()
    }

    private func sweepLedger() {
        var expired = 0
        let budget = subscribers.want(.expired) ? Self.watchedSweep : Self.sweep
        let finished = ledger.sweep(now: now.seconds, budget: budget) {
            expired += 1
            noteEnd($0, $1, $2)
        }
        let next = ledger.nextDeadline.map { max(Int64($0.rawValue) * 1_000_000_000, now.nanoseconds + Self.pause) }
        deadlines[.session] = finished ? next : now.nanoseconds + Self.pause
        if expired > 0 { host.record(.expired(count: expired)) }
    }

    /// Told by the ledger of each session that ended.
    func noteEnd(_ ledger: borrowing Ledger, _ session: Session, _ reason: EndReason) {
        // Another host may have seen a later use of a shared session.
        if session.isShared, reason.kind == .expired { return timeIsOver(session, reason, in: ledger) }
        tellEnd(of: session, reason, in: ledger)
        if reason.kind == .evicted {
            host.record(
                .ended(reason, user: ledger.userName(of: session), handle: session.handle.text, peer: nil))
        }
    }

    /// Whether a login, or a request that waits for other hosts, has still to be answered, or a change of a shared
    /// session has an unknown fate.
    package var isBusy: Bool {
        if logins.all.contains(where: { $0.context.reply != nil }) { return true }
        return cluster.map { $0.waitingCount > 0 || $0.host.isWriting } ?? false
    }

    /// Takes no more logins, and ends those that wait for a person: nobody will answer them any more.
    package func drain() {
        now = clock()
        isDraining = true
        for login in logins.all where login.context.reply == nil {
            let decision = try? logins.cancelled(
                login.name, connection: login.start.connection, now: now.sinceBoot)
            if let decision { perform(decision) }
        }
    }
}

/// When the engine has something to do next, by name, in nanoseconds of CLOCK_BOOTTIME. The instants are stored, so
/// that a turn that moves none of them computes nothing.
struct Deadlines {
    /// What is due.
    enum Name: Int, CaseIterable {
        /// The earliest deadline of a login.
        case login
        /// No session ends earlier than this. A use moves a session's end away and not this instant: the sweep finds
        /// the new one.
        case session
        /// The broker is sent again what it could not take.
        case broker
        /// Accounts are to be looked at.
        case account
        /// The rules of the cluster look at the time.
        case cluster
    }

    private static let never = Int64.max

    /// By name; as many as there are names.
    private var instants = InlineArray<5, Int64>(repeating: never)
    /// Whether the deadline of a login may have changed.
    var loginsChanged = false
    /// Whether an account may be due earlier than was known.
    var accountsChanged = false
    /// The deadline that the host got last.
    var told: Int64?

    /// When that is due; nil for never.
    subscript(name: Name) -> Int64? {
        get { Self.due(instants[name.rawValue]) }
        set { instants[name.rawValue] = newValue ?? Self.never }
    }

    /// The earliest of all; nil for never.
    var next: Int64? {
        var earliest = Self.never
        for index in instants.indices { earliest = min(earliest, instants[index]) }
        return Self.due(earliest)
    }

    private static func due(_ instant: Int64) -> Int64? { instant == never ? nil : instant }
}
