/// What a service's configuration says about its logins.
package struct LoginRules: Hashable, Sendable {
    /// The longest that a whole login may take, prompts and the human's thinking included.
    package var loginTimeout: Duration
    /// The longest that a person may take for one answer.
    package var answerTimeout: Duration
    /// The floor of refusals; see `RefusalFloor`.
    package var floor: Duration
    /// Whether texts of the authentication phase are shown before it has succeeded.
    package var relaysMessages: Bool
    /// Whether the client may learn why a right password was refused; else it is told `denied`.
    package var revealsAccountState: Bool
    /// Whether uid 0 and the names of uid 0 may log in.
    package var allowsRoot: Bool
    /// The lowest uid of an account that may log in; root is asked by `allowsRoot` alone.
    package var minimumUID: UInt32
    /// Whether a name without an account may log in.
    package var allowsNoAccount: Bool
    /// Whether an expired password may be changed within the login.
    package var allowsPasswordChange: Bool
    /// Codes of pam_authenticate(3) by which the stack says that it could not find out who the user is. No wrong
    /// password may lead to one of them.
    package var undecidedCodes: Set<Int32> = PAMCode.undecided
    /// Whether the client may learn of an undecided code. If several modules ask for a secret, this tells that the
    /// first one was right.
    package var revealsUndecided = false

    /// The defaults: 2 minutes, 1 minute, 1 second; account states are told, everything else is off.
    package init(
        loginTimeout: Duration = .seconds(120), answerTimeout: Duration = .seconds(60), floor: Duration = .seconds(1),
        relaysMessages: Bool = false, revealsAccountState: Bool = true, allowsRoot: Bool = false,
        minimumUID: UInt32 = 1, allowsNoAccount: Bool = false, allowsPasswordChange: Bool = false
    ) {
        self.loginTimeout = loginTimeout
        self.answerTimeout = answerTimeout
        self.floor = floor
        self.relaysMessages = relaysMessages
        self.revealsAccountState = revealsAccountState
        self.allowsRoot = allowsRoot
        self.minimumUID = minimumUID
        self.allowsNoAccount = allowsNoAccount
        self.allowsPasswordChange = allowsPasswordChange
    }

    /// Whether the worker may change an expired password. A change shows that the old password was right, so that both
    /// rules must allow it.
    package var changesPassword: Bool { allowsPasswordChange && revealsAccountState }
}
