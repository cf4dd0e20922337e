package import UsherNames

/// What the client is asked: the body of a `challenge` step.
package struct LoginChallenge: Hashable, Sendable {
    /// What it is about.
    package var purpose: LoginPurpose
    /// Messages in order: texts that were held back, then those of this round.
    package var prompts: [PAMPrompt]

    /// A challenge of some prompts.
    package init(purpose: LoginPurpose, prompts: [PAMPrompt]) {
        self.purpose = purpose
        self.prompts = prompts
    }

    /// How many answers it wants: one per secret or visible prompt.
    package var answers: Int { prompts.count(where: \.wantsAnswer) }
}

/// A login that went through: what the daemon makes a session of.
package struct LoginCompletion: Hashable, Sendable {
    /// Who PAM says it is.
    package var account: LoginAccount
    /// Texts that no challenge has shown, such as "your password expires in 3 days"; at most 32.
    package var messages: [PAMPrompt]

    /// A login of `account` that went through.
    package init(account: LoginAccount, messages: [PAMPrompt]) {
        self.account = account
        self.messages = messages
    }
}
