internal import UsherNames

/// Where a login stands. The data of a state lives in its case.
enum LoginState: Hashable, Sendable {
    /// The worker computes; the client waits for an answer.
    /// Can transition to `asking`, `refusing`, `resting`, `ended`.
    case working(Working)
    /// The client owes answers.
    /// Can transition to `working`, `abandoned` (the client has answered before), `refusing` (the client left),
    /// `ended`.
    case asking(Asking)
    /// The refusal is decided and waits for its release time.
    /// Can transition to `resting` (the client gets its answer before the release), `ended`.
    case refusing(Refusing)
    /// The login is over while the client owed answers; the reason is kept for its next request.
    /// Can transition to `refusing` (where the floor must be kept), `resting`, `ended`.
    case abandoned(Abandoned)
    /// Nothing is owed to anybody, but a guess was counted. It keeps its place until the floor has passed, so that
    /// leaving early buys no faster guessing. Can transition to `ended`.
    case resting(until: Duration)
    /// Nothing is owed to anybody.
    case ended

    /// The state while the worker computes.
    struct Working: Hashable, Sendable {
        /// What the login has gone through.
        var progress: LoginProgress
        /// When the request came that waits for an answer.
        let asked: Duration
    }

    /// The state while the client owes answers.
    struct Asking: Hashable, Sendable {
        /// What the login has gone through.
        let progress: LoginProgress
        /// How many answers the client owes.
        let count: Int
        /// When the person's time for them ends.
        let until: Duration
    }

    /// The state while a refusal waits.
    struct Refusing: Hashable, Sendable {
        /// What the client will be told.
        let reason: LoginRefusal
        /// Texts of PAM that go with it.
        let texts: [PAMPrompt]
        /// When it leaves.
        let release: Duration
        /// Doublings of the floor that this refusal needed for itself.
        let doublings: Int
    }

    /// The state of a login that ended while its client owed answers.
    struct Abandoned: Hashable, Sendable {
        /// What the client's next request is told.
        let reason: LoginRefusal
        /// Texts of PAM that go with it.
        let texts: [PAMPrompt]
        /// Whether that answer must keep the floor: a worker decided it.
        let isFloored: Bool
        /// When the reason is forgotten.
        let until: Duration
        /// When the place of a counted guess is free again; zero for a login that was no guess.
        let rests: Duration
    }

    /// What the login has gone through, while it has a worker.
    var progress: LoginProgress? {
        switch self {
        case .working(let working): working.progress
        case .asking(let asking): asking.progress
        case .refusing, .abandoned, .resting, .ended: nil
        }
    }
}

/// What a login has gone through while PAM is at work.
struct LoginProgress: Hashable, Sendable {
    /// Whether an answer, or the password of `auth.start`, went to the worker.
    var answered: Bool
    /// Whether PAM has taken the secret: a phase after the authentication has begun.
    var proven = false
    /// Whether a new password was asked for.
    var isChanging = false
    /// Rounds of prompts.
    var rounds = 0
    /// Texts not shown yet: for the next challenge, the completion, or a refusal that may tell them.
    private(set) var held: [PAMPrompt] = []

    /// Progress of a login that begins, with a password or without.
    init(answered: Bool) { self.answered = answered }

    /// Whether the worker has an answer that is neither proven nor refused. A client that leaves now has guessed.
    var leavesGuess: Bool { answered && !proven }

    /// Keeps texts beside those kept before, as far as there is room.
    mutating func hold(_ texts: [PAMPrompt]) { held = (held + texts).fitted }

    /// Takes the kept texts out.
    mutating func takeTexts() -> [PAMPrompt] {
        defer { held = [] }
        return held
    }
}

/// The inputs of a refusal's release time; see `RefusalFloor`.
struct RefusalTiming {
    /// The time of the event.
    let now: Duration
    /// 64 random bits for the jitter.
    var random: UInt64 = 0
    /// The smallest number of doublings that the refusal may take.
    var leastDoublings = 0
}
