/// What the daemon must do after an event: something with the worker, something with a waiting request, something with
/// the throttle; each of them may be nothing. Once `ended` is set, the login's secrets must go.
package struct LoginAction: Hashable, Sendable {
    /// What to do with the worker.
    package enum Worker: Hashable, Sendable {
        /// Nothing.
        case leave
        /// Ask the broker for one.
        case start
        /// Send it the client's answers, in the order of its prompts.
        case forward
        /// Ask the broker to end it.
        case cancel
    }

    /// What to answer.
    package enum Reply: Hashable, Sendable {
        /// A `challenge` step.
        case challenge(LoginChallenge)
        /// A `complete` step, once a session has been made.
        case complete(LoginCompletion)
        /// An error, with the texts of PAM that may be shown.
        case refusal(LoginRefusal, [LoginPrompt] = [])
    }

    /// An answer and the request that it belongs to.
    package struct Answer: Hashable, Sendable {
        /// The daemon's number of the request.
        package var request: UInt64
        /// What to answer.
        package var reply: Reply

        /// An answer to a request.
        package init(request: UInt64, reply: Reply) {
            self.request = request
            self.reply = reply
        }
    }

    /// What the throttle must hear.
    package enum Count: Hashable, Sendable {
        /// Nothing.
        case nothing
        /// The password was wrong, or it can no longer be known whether it was: `Throttle.failed`.
        case failure(ThrottleTicket)
        /// The login went through: `Throttle.succeeded`.
        case success(ThrottleTicket)
    }

    /// What to do with the worker.
    package var worker: Worker
    /// What to answer, and to which request.
    package var answer: Answer?
    /// What to count.
    package var count: Count
    /// Whether nothing more will come of this login but a refusal that is held or kept for a late answer: wipe its
    /// secrets.
    package var ended: Bool

    /// An action of these parts; each of them is nothing unless given.
    package init(worker: Worker = .leave, answer: Answer? = nil, count: Count = .nothing, ended: Bool = false) {
        self.worker = worker
        self.answer = answer
        self.count = count
        self.ended = ended
    }

    /// Nothing to do.
    package static let none = LoginAction()
}
