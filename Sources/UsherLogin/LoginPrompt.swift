/// One message of a PAM conversation, its text already cleaned and bounded by the worker.
package struct LoginPrompt: Hashable, Sendable {
    /// How a message is to be shown, and whether it wants an answer.
    package enum Style: Hashable, Sendable {
        /// An answer that is not echoed (PAM_PROMPT_ECHO_OFF).
        case secret
        /// An answer that may be seen (PAM_PROMPT_ECHO_ON).
        case visible
        /// Text alone (PAM_TEXT_INFO).
        case info
        /// Text alone (PAM_ERROR_MSG).
        case error
    }

    /// How to show it.
    package var style: Style
    /// What it says.
    package var text: String

    /// A message of a style and a text.
    package init(style: Style, text: String) {
        self.style = style
        self.text = text
    }

    /// Whether it wants an answer.
    package var wantsAnswer: Bool { style == .secret || style == .visible }
}

/// What a challenge is about.
package enum ChallengePurpose: String, Hashable, Sendable {
    /// Proving who one is.
    case login
    /// Choosing a new password within the login.
    case passwordChange = "password_change"
}

/// What the client is asked: the body of a `challenge` step.
package struct LoginChallenge: Hashable, Sendable {
    /// What it is about.
    package var purpose: ChallengePurpose
    /// Messages in order: texts that were held back, then those of this round.
    package var prompts: [LoginPrompt]

    /// A challenge of some prompts.
    package init(purpose: ChallengePurpose, prompts: [LoginPrompt]) {
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
    package var messages: [LoginPrompt]

    /// A login of `account` that went through.
    package init(account: LoginAccount, messages: [LoginPrompt]) {
        self.account = account
        self.messages = messages
    }
}
