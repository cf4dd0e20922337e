internal import UsherNames

/// One login: events in, actions out. No clock, no I/O, no secret: time is a parameter, answers are only counted.
///
/// Invariants: at most one request of the client is unanswered, and only in `working` or `refusing`. A worker exists
/// only in `working` and `asking`. A refusal that the worker caused waits in `refusing` for its release time. A counted
/// guess keeps its place at least for the floor, even if the client is answered or leaves before (`resting`). A cancel
/// or a deadline in `refusing` gets the same answer as while the worker is at work.
package struct LoginTransaction: Sendable {
    /// Rounds of prompts in one login; a module that asks more is broken. (Linux-PAM itself has no limit.)
    package static let maximumRounds = 32
    /// How long the reason of an abandoned login is kept for a late answer.
    package static let memory = Duration.seconds(60)

    /// How the login began.
    package let start: LoginStart
    /// When the whole login ends: the service's limit, or the client's own if that is shorter.
    package let deadline: Duration
    /// Whether the deadline is the client's own.
    private let endsByClient: Bool
    /// Order of the logins of a table; see `LoginRevocations`.
    let sequence: UInt64
    private(set) var state: LoginState

    /// A login that begins at `now`.
    init(_ start: LoginStart, sequence: UInt64, now: Duration) {
        self.start = start
        self.sequence = sequence
        let limit = max(start.timeout ?? start.rules.loginTimeout, .zero)
        endsByClient = limit < start.rules.loginTimeout
        deadline = now + min(limit, start.rules.loginTimeout)
        state = .working(.init(progress: LoginProgress(answered: start.bringsPassword), asked: now))
    }

    /// Whether a worker may be running for it.
    var holdsWorker: Bool { state.progress != nil }

    /// Whether nothing has been answered yet, and the client is to answer.
    var owesFirstAnswer: Bool {
        if case .asking(let asking) = state { return !asking.progress.answered }
        return false
    }

    /// Whether it has ended for everybody but the table, in which it keeps its place.
    var isOver: Bool {
        switch state {
        case .resting, .ended: true
        case .working, .asking, .refusing, .abandoned: false
        }
    }

    /// Whether a guess keeps its place at `now` though no worker is at it.
    func isHeld(at now: Duration) -> Bool {
        switch state {
        case .refusing, .resting: true
        case .abandoned(let abandoned): abandoned.rests > now
        case .working, .asking, .ended: false
        }
    }

    /// Whether PAM has begun to change the expired password.
    var isChangingPassword: Bool { state.progress?.isChanging ?? false }

    /// Whether it is kept for nothing but the reason that a late answer would be told.
    var keepsReason: Bool {
        if case .abandoned(let abandoned) = state { return abandoned.until > .zero }
        return false
    }

    /// The instant at which `expire` has something to do; nil once it has ended.
    var nextDeadline: Duration? {
        switch state {
        case .working: deadline
        case .asking(let asking): min(asking.until, deadline)
        case .refusing(let refusing): min(refusing.release, deadline)
        case .abandoned(let abandoned): abandoned.until
        case .resting(let until): until
        case .ended: nil
        }
    }

    // MARK: Events of the worker

    /// The worker passes on a round of prompts, at least one of which wants an answer.
    mutating func workerAsked(_ phase: PAMPhase, _ prompts: [PAMPrompt], _ timing: RefusalTiming) -> [LoginAction] {
        guard case .working(var working) = state else { return [] }
        working.progress.rounds += 1
        let count = prompts.count(where: \.wantsAnswer)
        guard working.progress.rounds <= Self.maximumRounds, prompts.count <= PAMPrompt.maximumCount, count > 0 else {
            return [.cancelWorker] + refused(.unavailable, working.progress, timing)
        }
        if phase != .authentication { working.progress.proven = true }
        if phase == .change { working.progress.isChanging = true }
        return challenge(prompts, phase, count, working.progress, now: timing.now)
    }

    /// The worker has given its verdict: the code of the last phase that ran, the account after a success, and texts
    /// that came with it.
    mutating func verdict(
        _ phase: PAMPhase, code: Int32, account: LoginAccount?, texts: [PAMPrompt], _ timing: RefusalTiming
    ) -> [LoginAction] {
        guard var progress = state.progress else { return [] }
        if phase != .authentication { progress.proven = true }
        progress.hold(texts)
        guard code == PAMCode.success else {
            let isUndecided = phase == .authentication && start.rules.undecidedCodes.contains(code)
            let reason = PAMCode.refusal(phase: phase, code: code)
            let told = isUndecided && start.rules.revealsUndecided ? .unavailable : reason
            return refused(told, progress, timing, isUndecided: isUndecided)
        }
        // Authentication alone is no login: an expired account passes it.
        guard phase != .authentication, let account, case .working = state else {
            return refused(.unavailable, progress, timing)
        }
        let messages = progress.takeTexts()
        if let reason = objection(to: account) { return refused(reason, progress, timing) }
        state = .ended
        return [.complete(LoginCompletion(account: account, messages: messages))]
    }

    /// The worker ended without a verdict.
    mutating func workerFailed(_ failure: WorkerFailure, _ timing: RefusalTiming) -> [LoginAction] {
        guard let progress = state.progress else { return [] }
        switch failure {
        case .unavailable: return refused(.unavailable, progress, timing)
        case .timeout: return refused(.timeout, progress, timing)
        case .busy(let retryAfter): return stopped(.busy(retryAfter: retryAfter), now: timing.now, .none)
        }
    }

    // MARK: Events of the client, of time, and of the administrator

    /// The client sends `count` answers. Returns nil, and changes nothing, if it owes another number.
    mutating func answered(_ count: Int, _ timing: RefusalTiming) -> [LoginAction]? {
        switch state {
        case .asking(let asking) where asking.count == count:
            var progress = asking.progress
            progress.answered = true
            state = .working(.init(progress: progress, asked: timing.now))
            return [.forwardAnswers]
        case .abandoned(let abandoned) where abandoned.isFloored:
            state = .refusing(refusal(abandoned.reason, abandoned.texts, asked: timing.now, timing))
            return []
        case .abandoned(let abandoned):
            leave(abandoned, now: timing.now)
            return [.refuse(abandoned.reason)]
        case .working, .asking, .refusing, .resting, .ended:
            return nil
        }
    }

    /// `auth.cancel`: the login ends now. A pending request gets `cancelled`, and a login with a kept reason is refused
    /// by that.
    mutating func cancelled(now: Duration) -> [LoginAction] {
        let actions = stopped(.cancelled, now: now, guessLeft)
        guard case .abandoned(let abandoned) = state else { return actions }
        leave(abandoned, now: now)
        return actions + [.refuse(abandoned.reason)]
    }

    /// The client has gone. A guess keeps its place until its refusal would have been released, so that leaving early
    /// buys no faster guessing. Every other login ends as by a cancel.
    mutating func connectionClosed(now: Duration) -> [LoginAction] {
        let timing = RefusalTiming(now: now)
        switch state {
        case .working(let working) where working.progress.leavesGuess:
            state = .refusing(refusal(.cancelled, [], asked: working.asked, timing))
            return [.cancelWorker, .countFailure]
        case .asking(let asking) where asking.progress.leavesGuess:
            state = .refusing(refusal(.cancelled, [], asked: now, timing))
            return [.cancelWorker, .countFailure]
        case .abandoned(let abandoned) where abandoned.isFloored:
            state = .refusing(refusal(abandoned.reason, abandoned.texts, asked: now, timing))
            return []
        case .refusing, .resting: return []
        case .working, .asking, .abandoned, .ended: return cancelled(now: now)
        }
    }

    /// All sessions of the user were revoked: the login ends in `cancelled`, now or at the next answer.
    mutating func userRevoked(now: Duration) -> [LoginAction] {
        stopped(.cancelled, now: now, guessLeft)
    }

    /// Another login gets the place of this one, in which nothing has been answered yet.
    mutating func displaced(now: Duration) -> [LoginAction] {
        stopped(.busy(retryAfter: LoginLimits.retryAfter), now: now, .none)
    }

    /// PAM has taken the secret, and the user turns out to be one whose sessions were revoked meanwhile.
    mutating func provenRevoked(now: Duration) -> [LoginAction] { stopped(.cancelled, now: now, .none) }

    /// Handles the deadlines up to `now`: releases a refusal, or ends an overdue login.
    mutating func expire(now: Duration) -> [LoginAction] {
        guard let next = nextDeadline, next <= now else { return [] }
        switch state {
        case .refusing(let refusing) where refusing.release <= deadline:
            state = .ended
            return [.refuse(refusing.reason, refusing.texts)]
        case .refusing(let refusing):
            // Past its deadline a login says `timeout`, whether the worker has answered by then or not.
            state = .resting(until: refusing.release)
            return [.refuse(.timeout)]
        case .abandoned(let abandoned):
            leave(abandoned, now: now)
            return [.refuse(abandoned.reason)]
        case .resting:
            state = .ended
            return []
        case .working(let working): return stopped(.timeout, now: now, overrun(working.progress))
        case .asking(let asking): return stopped(.timeout, now: now, overrun(asking.progress))
        case .ended: return []
        }
    }

    /// Lets the reason that is kept for a late answer expire at once.
    mutating func forgetReason() {
        guard case .abandoned(let kept) = state else { return }
        state = .abandoned(
            .init(reason: kept.reason, texts: kept.texts, isFloored: kept.isFloored, until: .zero, rests: kept.rests))
    }

    // MARK: Steps

    /// How a login counts that ends now without a verdict.
    private var guessLeft: GuessCount { state.progress?.leavesGuess ?? false ? .failure : .none }

    /// How an overdue login counts, whether the table's clock or the broker noticed. A slow directory is not the
    /// client's doing, but a client's own short limit must not buy a guess that is not counted.
    private func overrun(_ progress: LoginProgress) -> GuessCount {
        guard progress.leavesGuess else { return .none }
        if case .asking = state { return .failure }
        return endsByClient ? .failure : .undecided
    }

    /// What a refusal with that reason counts for.
    private func count(of reason: LoginRefusal, _ progress: LoginProgress) -> GuessCount {
        switch reason {
        case .denied: .failure
        case .timeout: overrun(progress)
        case .cancelled: progress.leavesGuess ? .failure : .none
        case .unavailable: progress.leavesGuess ? .undecided : .none
        case .passwordChangeRequired, .accountExpired, .notPermitted, .changeFailed, .busy: .none
        }
    }

    /// The client has been told the reason, or will never ask. A guess keeps its place until `rests`.
    private mutating func leave(_ abandoned: LoginState.Abandoned, now: Duration) {
        state = abandoned.rests > now ? .resting(until: abandoned.rests) : .ended
    }

    private mutating func challenge(
        _ prompts: [PAMPrompt], _ phase: PAMPhase, _ count: Int, _ progress: LoginProgress, now: Duration
    ) -> [LoginAction] {
        var progress = progress
        let shown: [PAMPrompt]
        if start.rules.relaysMessages || progress.proven {
            shown = (progress.takeTexts() + prompts).fitted
        } else {
            progress.hold(prompts.filter { !$0.wantsAnswer })
            shown = prompts.filter(\.wantsAnswer).fitted
        }
        state = .asking(.init(progress: progress, count: count, until: now + start.rules.answerTimeout))
        return [.ask(LoginChallenge(purpose: phase == .change ? .passwordChange : .login, prompts: shown))]
    }

    private func objection(to account: LoginAccount) -> LoginRefusal? {
        guard UserName.isValid(account.name) else { return .unavailable }
        if account.uid == nil, !start.rules.allowsNoAccount { return .notPermitted }
        if account.isRoot, !start.rules.allowsRoot { return .notPermitted }
        if let uid = account.uid, !account.isRoot, uid < start.rules.minimumUID { return .notPermitted }
        if start.isReauthentication, !start.user.utf8.elementsEqual(account.name.utf8) { return .denied }
        return nil
    }

    /// A refusal of a request that came at `asked`, with its release time.
    private func refusal(
        _ reason: LoginRefusal, _ texts: [PAMPrompt], asked: Duration, _ timing: RefusalTiming
    ) -> LoginState.Refusing {
        let floor = start.rules.floor
        let release = RefusalFloor.release(
            asked: asked, now: timing.now, floor: floor, random: timing.random, least: timing.leastDoublings)
        let doublings = RefusalFloor.doublings(asked: asked, now: timing.now, floor: floor) ?? 0
        return LoginState.Refusing(reason: reason, texts: texts, release: release, doublings: doublings)
    }

    /// The worker has ended the login. The refusal is decided and counted now, and answered at its release time.
    private mutating func refused(
        _ reason: LoginRefusal, _ progress: LoginProgress, _ timing: RefusalTiming, isUndecided: Bool = false
    ) -> [LoginAction] {
        // Any answer but that to a wrong password would tell that the password was right, even one that says that the
        // account phase broke down.
        let hides = progress.proven && !start.rules.revealsAccountState
        let told = hides ? .denied : reason
        let texts = !hides && (progress.proven || start.rules.relaysMessages) ? progress.held : []
        let count = isUndecided ? .undecided : count(of: told, progress)
        switch state {
        case .working(let working): state = .refusing(refusal(told, texts, asked: working.asked, timing))
        case .asking where !progress.answered:
            state = .ended
            return [.refuse(told)]
        case .asking:
            let until = timing.now + Self.memory
            state = .abandoned(
                .init(reason: told, texts: texts, isFloored: true, until: until, rests: rest(count, from: timing.now)))
        case .refusing, .abandoned, .resting, .ended: return []
        }
        return count.actions
    }

    /// When the place of a guess is free again, whose request came at `asked`; zero for no guess.
    private func rest(_ count: GuessCount, from asked: Duration) -> Duration {
        count == .none ? .zero : asked + start.rules.floor
    }

    /// Something other than the worker ends the login. Answers a pending request now, or keeps the reason for a later
    /// one. No reason is kept for a client that has answered nothing, so that beginning and leaving logins costs no
    /// memory.
    private mutating func stopped(_ reason: LoginRefusal, now: Duration, _ count: GuessCount) -> [LoginAction] {
        let ending = [.cancelWorker] + count.actions
        switch state {
        case .working(let working):
            let until = rest(count, from: working.asked)
            state = until > now ? .resting(until: until) : .ended
            return ending + [.refuse(reason)]
        case .asking(let asking) where !asking.progress.answered:
            state = .ended
            return ending + [.refuse(reason)]
        case .asking:
            let (until, rests) = (now + Self.memory, rest(count, from: now))
            state = .abandoned(.init(reason: reason, texts: [], isFloored: false, until: until, rests: rests))
            return ending
        case .refusing(let refusing):
            state = .resting(until: refusing.release)  // Counted when the verdict came.
            return [.refuse(reason)]
        case .abandoned, .resting, .ended:
            return []
        }
    }
}
