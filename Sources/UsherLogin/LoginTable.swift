package import UsherNames
internal import UsherSecrets

/// A login of a table.
package struct Login<Context> {
    /// Its name towards the client.
    package let name: TransactionName
    /// What the owner of the table keeps of it.
    package let context: Context
    var transaction: LoginTransaction

    /// How it began.
    package var start: LoginStart { transaction.start }
    /// Whether a worker may be running for it.
    package var holdsWorker: Bool { transaction.holdsWorker }
}

/// The logins in progress: a dictionary by name, bounded in every direction. `Context` is what the owner keeps of each.
///
/// A login begins with `Limiter.ticket`, `pending`, `Limiter.admission`, `makeRoom` and `begin`. From then on the owner
/// reports each event of the client, the worker and the clock, and carries out the actions that the table returns. It
/// keeps a timer at `nextDeadline`, which calls `expire`.
///
/// Invariant: at most `limits.open` logins hold a worker, no login begins beside `limits.closing` refusals that wait
/// for their release, and no peer and no source of it has more than its share (`LoginShares`). After each `expire` at
/// most `limits.closing` reasons are kept for late answers; they keep nobody out. `nextDeadline` walks over all logins
/// (some hundred at most). Rejected: a heap, because every event moves a deadline.
///
/// Closures stand here instead of key paths: generic code makes a key path anew, with the types' metadata, at each use.
package struct LoginTable<Context> {
    /// Replaced by a reload. Logins that are open stay.
    package var limits: LoginLimits
    private var logins: [TransactionName: Login<Context>] = [:]
    /// How many of the logins each connection began. Connections without logins, which are most, have no entry.
    private var begun: [UInt64: Int] = [:]
    private var revocations = LoginRevocations()
    private var sequence: UInt64 = 0
    /// By service. A login names a configured service, so that the table is bounded.
    private var floors: [String: FloorMemory] = [:]

    /// An empty table.
    package init(limits: LoginLimits = LoginLimits()) { self.limits = limits }

    /// How many logins hold a worker.
    package var open: Int { logins.values.count { $0.holdsWorker } }
    /// How many logins have a place: those that wait for a release or a late answer included, and guesses that ended
    /// before their floor.
    package var count: Int { logins.count }
    /// Every login that has not ended.
    package var all: [Login<Context>] { logins.values.filter { !$0.transaction.isOver } }
    /// The earliest instant at which `expire` has something to do. O(logins).
    package var nextDeadline: Duration? { logins.values.lazy.compactMap { $0.transaction.nextDeadline }.min() }

    /// The login of that name; nil once it has ended.
    package subscript(name: TransactionName) -> Login<Context>? {
        logins[name].flatMap { $0.transaction.isOver ? nil : $0 }
    }

    /// Logins whose guess is under way for the same counter of the limiter: what `Limiter.admission` must add.
    package func pending(_ ticket: LimiterTicket) -> Int {
        logins.values.count { $0.holdsWorker && $0.start.ticket.sharesCounter(with: ticket) }
    }

    /// Whether a login that has a place was begun by that connection. O(1).
    package func hasLogins(of connection: UInt64) -> Bool { begun[connection] != nil }

    // MARK: Events of clients

    /// `auth.start`: takes the login up, unless there is no place for it. `context` is made once there is one.
    package mutating func begin(
        _ start: LoginStart, as name: TransactionName, now: Duration, context: () -> Context
    ) throws(LoginMisfit) -> Login<Context> {
        precondition(logins[name] == nil, "a transaction's name was used twice")
        guard shares(for: start, now: now).lack(limits) == nil else { throw .full(retryAfter: LoginLimits.retryAfter) }
        sequence += 1
        let transaction = LoginTransaction(start, sequence: sequence, now: now)
        let login = Login(name: name, context: context(), transaction: transaction)
        logins[name] = login
        begun[start.connection, default: 0] += 1
        return login
    }

    /// Called before `begin`. If `start` lacks a place, ends a login whose client owes the first answer, provided that
    /// this gives `start` a place. Returns that login's end, or nil.
    package mutating func makeRoom(for start: LoginStart, now: Duration) -> LoginDecision<Context>? {
        let shares = shares(for: start, now: now)
        guard let lack = shares.lack(limits), var loser = shares.loser(of: logins.values, for: lack),
            self.shares(for: start, now: now, without: loser.name).lack(limits) == nil
        else { return nil }
        let actions = loser.transaction.displaced(now: now)
        return settle(loser, actions)
    }

    private func shares(for start: LoginStart, now: Duration, without name: TransactionName? = nil) -> LoginShares {
        var shares = LoginShares(for: start, now: now)
        for login in logins.values where login.name != name { shares.count(login.transaction) }
        return shares
    }

    /// `auth.respond`: `count` answers to the last challenge.
    package mutating func answered(
        _ name: TransactionName, connection: UInt64, count: Int, now: Duration, random: UInt64
    ) throws(LoginMisfit) -> LoginDecision<Context> {
        var login = try login(name, of: connection)
        let timing = timing(of: login, now, random)
        guard let actions = login.transaction.answered(count, timing) else { throw .unexpectedAnswers }
        return settle(login, actions)
    }

    /// `auth.cancel`.
    package mutating func cancelled(
        _ name: TransactionName, connection: UInt64, now: Duration
    ) throws(LoginMisfit) -> LoginDecision<Context> {
        var login = try login(name, of: connection)
        let actions = login.transaction.cancelled(now: now)
        return settle(login, actions)
    }

    private func login(_ name: TransactionName, of connection: UInt64) throws(LoginMisfit) -> Login<Context> {
        guard let login = self[name], login.start.connection == connection else { throw .noSuchTransaction }
        return login
    }

    /// The connection is gone. Its logins end, some of them later; see `LoginTransaction.connectionClosed`.
    package mutating func connectionClosed(_ connection: UInt64, now: Duration) -> [LoginDecision<Context>] {
        guard hasLogins(of: connection) else { return [] }
        return change(where: { $0.start.connection == connection }) { $0.connectionClosed(now: now) }
    }

    // MARK: Events of workers, which change nothing once the login has ended

    /// A round of prompts in a phase.
    package mutating func workerAsked(
        _ name: TransactionName, phase: PAMPhase, prompts: [PAMPrompt], now: Duration, random: UInt64
    ) -> LoginDecision<Context>? {
        decide(name, now, random) { $0.workerAsked(phase, prompts, $1) }
    }

    /// The last word: the code of the last phase that ran, the account if it went through, and texts that came with it.
    package mutating func verdict(
        _ name: TransactionName, phase: PAMPhase, code: Int32, account: LoginAccount?, texts: [PAMPrompt] = [],
        now: Duration, random: UInt64
    ) -> LoginDecision<Context>? {
        if code == PAMCode.success, var login = logins[name], let account, revocations.end(login, account.name) {
            let actions = login.transaction.provenRevoked(now: now)
            return settle(login, actions)
        }
        return decide(name, now, random) { $0.verdict(phase, code: code, account: account, texts: texts, $1) }
    }

    /// PAM accepted the user, but the account was locked or got another password meanwhile.
    package mutating func accountChanged(_ name: TransactionName, now: Duration) -> LoginDecision<Context>? {
        guard var login = logins[name] else { return nil }
        let actions = login.transaction.provenRevoked(now: now)
        return settle(login, actions)
    }

    /// Whether a login under that name is changing its expired password.
    package func isChangingPassword(_ user: String) -> Bool {
        let name = LoginName.folded(user)
        return logins.values.contains { $0.transaction.isChangingPassword && LoginName.folded($0.start.user) == name }
    }

    /// The worker ended without a verdict.
    package mutating func workerFailed(
        _ name: TransactionName, _ failure: WorkerFailure, now: Duration, random: UInt64
    ) -> LoginDecision<Context>? {
        decide(name, now, random) { $0.workerFailed(failure, $1) }
    }

    // MARK: Time and administration

    /// Everything that is due at `now`: refusals to release, logins that took too long.
    package mutating func expire(now: Duration) -> [LoginDecision<Context>] {
        change(where: { $0.nextDeadline.map { $0 <= now } ?? false }) { $0.expire(now: now) }
    }

    /// `session.revoke_all` of `user` in `realm`: ends the logins under that name, and remembers it for those that
    /// turn out to be the same person under another.
    package mutating func userRevoked(_ user: String, realm: String, now: Duration) -> [LoginDecision<Context>] {
        let name = LoginName.folded(user)
        let ended = change(where: { $0.start.realm == realm && LoginName.folded($0.start.user) == name }) {
            $0.userRevoked(now: now)
        }
        guard open > 0, !revocations.note(user, realm: realm, after: sequence) else { return ended }
        return ended + change(where: { $0.holdsWorker }) { $0.userRevoked(now: now) }
    }

    /// `session.revoke_all` of everybody in `realm`: ends its logins.
    package mutating func realmRevoked(_ realm: String, now: Duration) -> [LoginDecision<Context>] {
        change(where: { $0.start.realm == realm }) { $0.userRevoked(now: now) }
    }

    // MARK: Changes

    /// Applies an event that may decide a refusal. It is not released earlier than recent refusals of the same service.
    private mutating func decide(
        _ name: TransactionName, _ now: Duration, _ random: UInt64,
        _ event: (inout LoginTransaction, RefusalTiming) -> [LoginAction]
    ) -> LoginDecision<Context>? {
        guard var login = logins[name] else { return nil }
        let hadWorker = login.holdsWorker
        let actions = event(&login.transaction, timing(of: login, now, random))
        if hadWorker, case .refusing(let refusing) = login.transaction.state {
            floors[login.start.service, default: FloorMemory()].note(refusing.doublings, at: now)
        }
        return settle(login, actions)
    }

    private func timing(of login: Login<Context>, _ now: Duration, _ random: UInt64) -> RefusalTiming {
        let least = floors[login.start.service]?.least(at: now) ?? 0
        return RefusalTiming(now: now, random: random, leastDoublings: least)
    }

    private mutating func change(
        where matches: (LoginTransaction) -> Bool, _ event: (inout LoginTransaction) -> [LoginAction]
    ) -> [LoginDecision<Context>] {
        logins.values.filter { matches($0.transaction) }.map {
            var login = $0
            let actions = event(&login.transaction)
            return settle(login, actions)
        }
    }

    /// Forgets the oldest reason of the peer that has the most, if more than `limits.closing` reasons are kept.
    private mutating func boundReasons() {
        let kept = logins.values.filter { $0.transaction.keepsReason }
        guard kept.count > limits.closing else { return }
        var counts: [UInt32: Int] = [:]
        for login in kept { counts[login.start.peer, default: 0] += 1 }
        let most = counts.values.max()
        let oldest = kept.filter { counts[$0.start.peer] == most }
            .min { $0.transaction.sequence < $1.transaction.sequence }
        if let oldest { logins[oldest.name]?.transaction.forgetReason() }
    }

    private mutating func settle(_ login: Login<Context>, _ actions: [LoginAction]) -> LoginDecision<Context> {
        if login.transaction.state == .ended { remove(login) } else { logins[login.name] = login }
        if login.transaction.keepsReason { boundReasons() }
        if !logins.values.contains(where: { $0.holdsWorker }) { revocations.forget() }
        return LoginDecision(login: login, actions: actions)
    }
    private mutating func remove(_ login: Login<Context>) {
        guard logins.removeValue(forKey: login.name) != nil else { return }
        let others = begun[login.start.connection, default: 1] - 1
        begun[login.start.connection] = others == 0 ? nil : others
    }
}
