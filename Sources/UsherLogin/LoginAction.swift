package import UsherNames

/// What the daemon must do after an event of a login. A list of them is carried out in its order.
///
/// Invariant: each login yields exactly one of `complete` and `refuse`, as the last action of its last event.
package enum LoginAction: Hashable, Sendable {
    /// Send the client's answers to the worker, in the order of its prompts.
    case forwardAnswers
    /// Ask the broker to end the worker.
    case cancelWorker
    /// Count a failed login: the password was wrong, or nobody will know any more whether it was.
    case countFailure
    /// Count a login for its source, but not for its name: nobody will know whether its secret was right, for example
    /// because a directory was away.
    case countUndecided
    /// Answer the waiting request with a `challenge` step.
    case ask(LoginChallenge)
    /// The login succeeded: make the session, answer the waiting request with a `complete` step.
    case complete(LoginCompletion)
    /// The login ended without a session. The error, with the texts of PAM that may be shown, answers the waiting
    /// request, if there is one.
    case refuse(LoginRefusal, [PAMPrompt] = [])
}

/// What an event did to a login of a table.
package struct LoginDecision<Context> {
    /// The login, which may have left the table.
    package let login: Login<Context>
    /// What to do now, in order; often nothing but keeping the timer at `LoginTable.nextDeadline`.
    package let actions: [LoginAction]
}
