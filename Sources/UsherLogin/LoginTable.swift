package import UsherSecrets

/// The logins in progress: a dictionary by name, bounded in every direction.
///
/// A login begins with `Throttle.ticket`, `pending`, `Throttle.admission` and `started`. From then on each event of its
/// client, its worker and the clock is told to the table, and the action that comes back is run; a timer is kept at
/// `nextDeadline` and calls `expire`.
///
/// Invariant: at most `limits.open` logins hold a worker, at most `limits.closing` more wait for nothing but the
/// release of a refusal or a late answer, and no peer and no source of it has more than its share. Looking for the next
/// deadline walks over all of them (some hundred at most); a heap was rejected, because every event moves a deadline.
package struct LoginTable: Sendable {
    /// The bounds of the table.
    package struct Limits: Hashable, Sendable {
        /// Logins that hold a worker.
        package var open: Int
        /// The same of one peer, whatever its sources say; half of `open` leaves room for others.
        package var openPerPeer: Int
        /// Logins of one peer and source, those with a refusal on its way included.
        package var perSource: Int
        /// Logins that only wait for a release or a late answer.
        package var closing: Int

        /// The public contract's defaults: 64 open, 4 per peer and source.
        package init(open: Int = 64, perSource: Int = 4) {
            self.open = open
            self.openPerPeer = max(open / 2, 1)
            self.perSource = perSource
            self.closing = open * 4
        }
    }

    /// Why an event of a client could not be taken.
    package enum Misfit: Error, Hashable, Sendable {
        /// `busy`: no place, for all or for this source.
        case full(retryAfter: Duration)
        /// `no_such_transaction`: unknown, ended, or of another connection.
        case noSuchTransaction
        /// Invalid parameters: not as many answers as were asked for, or none are. Nothing has changed.
        case unexpectedAnswers
    }

    /// When a client that found the table full should try again: the time that a refusal is held by default.
    package static let retryAfter = Duration.seconds(1)
    /// Revocations remembered one by one while logins are in progress; beyond it, all of these logins end.
    static let maximumRevocations = 256

    private struct Revoked: Hashable { var realm, user: String }

    /// After a reload other ones; logins that are open stay.
    package var limits: Limits
    private var logins: [TransactionName: LoginTransaction] = [:]
    private var revocations: [Revoked: UInt64] = [:]
    private var sequence: UInt64 = 0
    /// By service, so that there are no more than are configured.
    private var floors: [String: FloorMemory] = [:]

    /// An empty table.
    package init(limits: Limits = Limits()) {
        self.limits = limits
    }

    /// How many logins hold a worker.
    package var open: Int { logins.values.count(where: \.holdsWorker) }
    /// How many logins there are, those that wait for a release or a late answer included.
    package var count: Int { logins.count }
    /// The earliest instant at which `expire` has something to do. O(logins).
    package var nextDeadline: Duration? { logins.values.compactMap(\.nextDeadline).min() }

    /// How the login `id` began; nil once it has ended.
    package func start(of id: TransactionName) -> LoginStart? { logins[id]?.start }

    /// Logins whose guess is under way for the same counter of the throttle: what `Throttle.admission` must add.
    package func pending(_ ticket: ThrottleTicket) -> Int {
        logins.values.count { $0.holdsWorker && $0.start.ticket.sharesCounter(with: ticket) }
    }

    // MARK: Events of clients

    /// `auth.start`: takes the login up, unless there is no place for it.
    package mutating func started(
        _ start: LoginStart, as id: TransactionName, now: Duration
    ) throws(Misfit) -> LoginAction {
        precondition(logins[id] == nil, "a transaction's name was used twice")
        guard hasPlace(for: start) else { throw .full(retryAfter: Self.retryAfter) }
        sequence += 1
        logins[id] = LoginTransaction(start, sequence: sequence, now: now)
        return LoginAction(worker: .start)
    }

    private func hasPlace(for start: LoginStart) -> Bool {
        var (open, ofPeer, ofSource) = (0, 0, 0)
        for login in logins.values {
            let samePeer = login.start.peer == start.peer
            if samePeer, login.start.ticket.source == start.ticket.source, login.occupiesSource { ofSource += 1 }
            guard login.holdsWorker else { continue }
            open += 1
            if samePeer { ofPeer += 1 }
        }
        return open < limits.open && ofPeer < limits.openPerPeer && ofSource < limits.perSource
            && logins.count - open < limits.closing
    }

    /// `auth.respond`: `count` answers to the last challenge, in the request `request`.
    package mutating func answered(
        _ id: TransactionName, connection: UInt64, count: Int, request: UInt64, now: Duration, random: UInt64
    ) throws(Misfit) -> LoginAction {
        guard var login = logins[id], login.start.connection == connection else { throw .noSuchTransaction }
        login.leastDoublings = leastDoublings(login, now)
        guard let action = login.answered(count, request: request, now: now, random: random) else {
            throw .unexpectedAnswers
        }
        settle(id, login)
        return action
    }

    /// `auth.cancel`.
    package mutating func cancelled(_ id: TransactionName, connection: UInt64, now: Duration) throws(Misfit)
        -> LoginAction
    {
        guard var login = logins[id], login.start.connection == connection else { throw .noSuchTransaction }
        let action = login.cancelled(now: now)
        settle(id, login)
        return action
    }

    /// The connection is gone, and its logins with it.
    package mutating func connectionClosed(
        _ connection: UInt64, now: Duration
    ) -> [(id: TransactionName, start: LoginStart, action: LoginAction)] {
        change(where: { $0.start.connection == connection }) { $0.connectionClosed(now: now) }
    }

    // MARK: Events of workers; those of a login that has ended are nothing

    /// A round of prompts in a phase.
    package mutating func workerAsked(
        _ id: TransactionName, phase: PAMPhase, prompts: [LoginPrompt], now: Duration, random: UInt64
    ) -> LoginAction {
        decide(id, now) { $0.workerAsked(phase, prompts, now: now, random: random) }
    }

    /// The last word: the code of the last phase that ran, the account if it went through, and texts that came with it.
    package mutating func verdict(
        _ id: TransactionName, phase: PAMPhase, code: Int32, account: LoginAccount?, texts: [LoginPrompt] = [],
        now: Duration, random: UInt64
    ) -> LoginAction {
        if code == PAMCode.success, let login = logins[id], let account, isRevoked(account.name, login) {
            return change(id) { $0.provenRevoked(now: now) }
        }
        return decide(id, now) {
            $0.verdict(phase, code: code, account: account, texts: texts, now: now, random: random)
        }
    }

    /// The worker ended without a verdict.
    package mutating func workerFailed(
        _ id: TransactionName, _ failure: WorkerFailure, now: Duration, random: UInt64
    ) -> LoginAction {
        decide(id, now) { $0.workerFailed(failure, now: now, random: random) }
    }

    // MARK: Time and administration

    /// Everything that is due at `now`: refusals to release, logins that took too long.
    package mutating func expire(
        now: Duration
    ) -> [(id: TransactionName, start: LoginStart, action: LoginAction)] {
        change(where: { $0.nextDeadline.map { $0 <= now } ?? false }) { $0.expire(now: now) }
    }

    /// `session.revoke_all` of `user` in `realm`: ends the logins under that name, and remembers it for those that
    /// turn out to be the same person under another.
    package mutating func userRevoked(
        _ user: String, realm: String, now: Duration
    ) -> [(id: TransactionName, start: LoginStart, action: LoginAction)] {
        let name = LoginName.folded(user)
        let ended = change(where: { $0.start.realm == realm && LoginName.folded($0.start.user) == name }) {
            $0.userRevoked(now: now)
        }
        guard open > 0 else { return ended }
        guard revocations.count < Self.maximumRevocations else {
            return ended + change(where: { $0.holdsWorker }) { $0.userRevoked(now: now) }
        }
        revocations[Revoked(realm: realm, user: user)] = sequence
        return ended
    }

    private func isRevoked(_ user: String, _ login: LoginTransaction) -> Bool {
        guard let since = revocations[Revoked(realm: login.start.realm, user: user)] else { return false }
        return login.sequence <= since
    }

    // MARK: Changes

    /// An event that may decide a refusal, which leaves no earlier than others of its service lately did.
    private mutating func decide(
        _ id: TransactionName, _ now: Duration, _ event: (inout LoginTransaction) -> LoginAction
    ) -> LoginAction {
        guard let login = logins[id] else { return .none }
        let least = leastDoublings(login, now)
        let action = change(id) { login in
            login.leastDoublings = least
            return event(&login)
        }
        if case .refusing? = logins[id]?.state, let needed = logins[id]?.neededDoublings {
            floors[login.start.service, default: FloorMemory()].note(needed, at: now)
        }
        return action
    }

    private func leastDoublings(_ login: LoginTransaction, _ now: Duration) -> Int {
        floors[login.start.service]?.least(at: now) ?? 0
    }

    private mutating func change(
        _ id: TransactionName, _ event: (inout LoginTransaction) -> LoginAction
    ) -> LoginAction {
        guard var login = logins[id] else { return .none }
        let action = event(&login)
        settle(id, login)
        return action
    }

    private mutating func change(
        where matches: (LoginTransaction) -> Bool, _ event: (inout LoginTransaction) -> LoginAction
    ) -> [(id: TransactionName, start: LoginStart, action: LoginAction)] {
        var actions: [(id: TransactionName, start: LoginStart, action: LoginAction)] = []
        for (id, login) in logins where matches(login) {
            let action = change(id, event)
            if action != .none { actions.append((id, login.start, action)) }
        }
        return actions
    }

    private mutating func settle(_ id: TransactionName, _ login: LoginTransaction) {
        logins[id] = login.state == .ended ? nil : login
        if open == 0 { revocations = [:] }
    }
}
