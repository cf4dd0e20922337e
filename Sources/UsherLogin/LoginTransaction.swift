/// One login: events in, actions out. No clock, no I/O, no secret: time is a parameter, answers are only counted.
///
/// Invariant: at most one request of the client is unanswered, and it is in `working` or `refusing`; a worker exists in
/// `working` and `asking` only. Every refusal that a worker's doing leads to waits in `refusing` for its release time,
/// and neither a cancel nor a deadline makes it tell more or less than it would have told of a worker still at work.
package struct LoginTransaction: Sendable {
    /// Where a login stands.
    enum State: Hashable, Sendable {
        /// The worker has the word; the client waits for the answer to `request`, which came at `asked`.
        /// Can transition to `asking`, `refusing`, `ended`.
        case working(request: UInt64, asked: Duration)
        /// The client has the word: it owes `count` answers until `until`.
        /// Can transition to `working`, `refusing` (an answer that came too late), `ended`.
        case asking(count: Int, until: Duration)
        /// The verdict is in; the refusal leaves at `release`. Can transition to `ended`.
        case refusing(request: UInt64, reason: LoginRefusal, release: Duration)
        /// The worker gave up while the client had the word; the reason is kept for its next request, until `until`.
        /// Can transition to `refusing` (where the floor must hold), `ended`.
        case abandoned(reason: LoginRefusal, floored: Bool, until: Duration)
        /// Nothing is owed to anybody.
        case ended
    }

    /// Rounds of prompts in one login; a module that asks more is broken. (Linux-PAM itself has no limit.)
    package static let maximumRounds = 32
    /// Messages in one round: PAM_MAX_NUM_MSG.
    package static let maximumPrompts = 32
    /// How long the reason of an abandoned login is kept for a late answer.
    package static let memory = Duration.seconds(60)

    /// How the login began.
    package let start: LoginStart
    /// When the whole login ends: the service's limit, or the client's own if that is shorter.
    package let deadline: Duration
    /// Order of the logins of a table; see `LoginTable.revoked`.
    let sequence: UInt64
    private(set) var state: State
    /// Doublings of the floor that its refusal takes at least, and once that is decided, those that it needed itself.
    var leastDoublings = 0
    private(set) var neededDoublings = 0
    private let endsByClient: Bool
    private var answered: Bool
    private var proven = false
    private var changed = false
    private var rounds = 0
    /// Texts that nobody has seen: for the next challenge, the completion, or a refusal that may tell them.
    private var held: [LoginPrompt] = []

    /// A login that begins at `now`.
    init(_ start: LoginStart, sequence: UInt64, now: Duration) {
        self.start = start
        self.sequence = sequence
        let limit = max(start.timeout ?? start.rules.loginTimeout, .zero)
        endsByClient = limit < start.rules.loginTimeout
        deadline = now + min(limit, start.rules.loginTimeout)
        answered = start.bringsPassword
        state = .working(request: start.request, asked: now)
    }

    /// Whether a worker may be running for it.
    var holdsWorker: Bool {
        switch state {
        case .working, .asking: true
        case .refusing, .abandoned, .ended: false
        }
    }

    /// Whether it counts towards its source's share: a refusal on its way does, a reason kept for a late answer does
    /// not.
    var occupiesSource: Bool {
        if case .abandoned = state { return false }
        return state != .ended
    }

    /// The instant at which `expire` has something to do; nil once it has ended.
    var nextDeadline: Duration? {
        switch state {
        case .working: deadline
        case .asking(_, let until): min(until, deadline)
        case .refusing(_, _, let release): min(release, deadline)
        case .abandoned(_, _, let until): until
        case .ended: nil
        }
    }

    // MARK: Events of the worker

    /// The worker passes on a round of prompts, at least one of which wants an answer.
    mutating func workerAsked(_ phase: PAMPhase, _ prompts: [LoginPrompt], now: Duration, random: UInt64) -> LoginAction
    {
        guard case .working(let request, _) = state else { return .none }
        rounds += 1
        let count = prompts.count(where: \.wantsAnswer)
        guard rounds <= Self.maximumRounds, prompts.count <= Self.maximumPrompts, count > 0 else {
            return refused(.unavailable, now: now, random: random, cancelling: true)
        }
        if phase != .authentication { proven = true }
        if phase == .change { changed = true }
        return challenge(prompts, phase, count, request: request, now: now)
    }

    /// The worker has said its last word: the code of the last phase that ran, the account after a success, and texts
    /// that came with it.
    mutating func verdict(
        _ phase: PAMPhase, code: Int32, account: LoginAccount?, texts: [LoginPrompt], now: Duration, random: UInt64
    ) -> LoginAction {
        guard holdsWorker else { return .none }
        if phase != .authentication { proven = true }
        hold(texts)
        guard code == PAMCode.success else {
            return refused(PAMCode.refusal(phase: phase, code: code), now: now, random: random)
        }
        // Authentication alone is no login: an expired account passes it.
        guard phase != .authentication, let account, case .working(let request, _) = state else {
            return refused(.unavailable, now: now, random: random)
        }
        if let reason = objection(to: account) {
            held = []
            return refused(reason, now: now, random: random)
        }
        state = .ended
        let completion = LoginCompletion(account: account, changedPassword: changed, messages: held, start: start)
        return LoginAction(
            answer: .init(request: request, reply: .complete(completion)), count: .success(start.ticket), ended: true)
    }

    /// The worker ended without a verdict.
    mutating func workerFailed(_ failure: WorkerFailure, now: Duration, random: UInt64) -> LoginAction {
        guard holdsWorker else { return .none }
        switch failure {
        case .unavailable: return refused(.unavailable, now: now, random: random)
        case .timeout: return refused(.timeout, now: now, random: random)
        case .busy(let retryAfter): return stopped(.busy(retryAfter: retryAfter), now: now, counts: false)
        }
    }

    // MARK: Events of the client, of time, and of the administrator

    /// The client sends `count` answers. Nil, and nothing changes, where it does not owe so many.
    mutating func answered(_ count: Int, request: UInt64, now: Duration, random: UInt64) -> LoginAction? {
        switch state {
        case .asking(count, _):
            state = .working(request: request, asked: now)
            answered = true
            return LoginAction(worker: .forward)
        case .abandoned(let reason, true, _):
            let leaves = release(asked: now, now: now, random: random)
            state = .refusing(request: request, reason: reason, release: leaves)
            return LoginAction.none
        case .abandoned(let reason, false, _):
            state = .ended
            return LoginAction(answer: .init(request: request, reply: .refusal(reason)), ended: true)
        case .working, .asking, .refusing, .ended:
            return nil
        }
    }

    /// `auth.cancel`: the pending request, if there is one, ends in `cancelled`.
    mutating func cancelled(now: Duration) -> LoginAction {
        var action = stopped(.cancelled, now: now, counts: leavesGuess)
        state = .ended
        action.ended = true
        return action
    }

    /// The client has gone: as a cancel, but there is nobody to answer.
    mutating func connectionClosed(now: Duration) -> LoginAction {
        var action = cancelled(now: now)
        action.answer = nil
        return action
    }

    /// All sessions of the user were revoked: the login ends in `cancelled`, now or at the next answer.
    mutating func userRevoked(now: Duration) -> LoginAction {
        stopped(.cancelled, now: now, counts: leavesGuess)
    }

    /// PAM has taken the secret, and the user turns out to be one whose sessions were revoked meanwhile.
    mutating func provenRevoked(now: Duration) -> LoginAction {
        proven = true
        return userRevoked(now: now)
    }

    /// Time has come to `now`: releases a refusal, ends what is overdue.
    mutating func expire(now: Duration) -> LoginAction {
        guard let next = nextDeadline, next <= now else { return .none }
        switch state {
        case .refusing(let request, let reason, let release):
            state = .ended
            // Past its deadline a login says `timeout`, whether the worker has answered by then or not.
            let reply: LoginAction.Reply = release <= deadline ? .refusal(reason, held) : .refusal(.timeout)
            return LoginAction(answer: .init(request: request, reply: reply), ended: true)
        case .abandoned:
            state = .ended
            return LoginAction(ended: true)
        case .asking, .working:
            return stopped(.timeout, now: now, counts: overrunsWithGuess)
        case .ended:
            return .none
        }
    }

    // MARK: Steps

    /// Whether an answer was given whose worth is not known: who leaves now has guessed, and counts as having failed.
    private var leavesGuess: Bool { answered && !proven }

    /// The same of a login that takes too long, whether the clock says so or the broker. A slow directory is nobody's
    /// fault; a client's own short limit must not buy a guess that is not counted.
    private var overrunsWithGuess: Bool {
        if case .asking = state { return leavesGuess }
        return leavesGuess && endsByClient
    }

    private mutating func challenge(
        _ prompts: [LoginPrompt], _ phase: PAMPhase, _ count: Int, request: UInt64, now: Duration
    ) -> LoginAction {
        let texts = prompts.filter { !$0.wantsAnswer }
        let silent = !start.rules.relaysMessages && !proven
        if silent { hold(texts) }
        let shown = silent ? prompts.filter(\.wantsAnswer) : held + prompts
        if !silent { held = [] }
        state = .asking(count: count, until: now + start.rules.answerTimeout)
        let challenge = LoginChallenge(purpose: phase == .change ? .passwordChange : .login, prompts: shown)
        return LoginAction(answer: .init(request: request, reply: .challenge(challenge)))
    }

    private mutating func hold(_ texts: [LoginPrompt]) {
        held.append(contentsOf: texts.prefix(max(Self.maximumPrompts - held.count, 0)))
    }

    private func objection(to account: LoginAccount) -> LoginRefusal? {
        guard LoginName.isWellFormed(account.name) else { return .unavailable }
        if account.uid == nil, !start.rules.allowsNoAccount { return .notPermitted }
        if account.uid == 0 || account.name == "root", !start.rules.allowsRoot { return .notPermitted }
        if let session = start.session, session.user != account.name { return .denied }
        return nil
    }

    private mutating func release(asked: Duration, now: Duration, random: UInt64) -> Duration {
        neededDoublings = RefusalFloor.doublings(asked: asked, now: now, floor: start.rules.floor) ?? 0
        return RefusalFloor.release(
            asked: asked, now: now, floor: start.rules.floor, random: random, least: leastDoublings)
    }

    /// The worker's doing ends the login: the refusal is decided and counted now, and leaves at its release time.
    private mutating func refused(
        _ reason: LoginRefusal, now: Duration, random: UInt64, cancelling: Bool = false
    ) -> LoginAction {
        // Any other answer than to a wrong password would tell a right one, even that the account phase broke down.
        let hides = proven && !start.rules.revealsAccountState
        let told = hides ? .denied : reason
        if hides || !proven && !start.rules.relaysMessages { held = [] }
        let fails = told == .denied || told == .cancelled && leavesGuess || told == .timeout && overrunsWithGuess
        switch state {
        case .working(let request, let asked):
            let leaves = release(asked: asked, now: now, random: random)
            state = .refusing(request: request, reason: told, release: leaves)
        case .asking:
            state = .abandoned(reason: told, floored: true, until: now + Self.memory)
        case .refusing, .abandoned, .ended:
            return .none
        }
        return LoginAction(
            worker: cancelling ? .cancel : .leave, count: fails ? .failure(start.ticket) : .nothing, ended: true)
    }

    /// Something other than the worker ends the login: answers now what waits, or keeps the reason for what comes.
    private mutating func stopped(_ reason: LoginRefusal, now: Duration, counts: Bool) -> LoginAction {
        let count: LoginAction.Count = counts ? .failure(start.ticket) : .nothing
        switch state {
        case .working(let request, _):
            state = .ended
            let answer = LoginAction.Answer(request: request, reply: .refusal(reason))
            return LoginAction(worker: .cancel, answer: answer, count: count, ended: true)
        case .asking:
            state = .abandoned(reason: reason, floored: false, until: now + Self.memory)
            return LoginAction(worker: .cancel, count: count, ended: true)
        case .refusing(let request, _, _):
            state = .ended  // Counted when the verdict came.
            return LoginAction(answer: .init(request: request, reply: .refusal(reason)), ended: true)
        case .abandoned, .ended:
            return .none
        }
    }
}
