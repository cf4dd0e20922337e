/// How a service watches the accounts of its sessions.
package struct AccountRules: Hashable, Sendable {
    /// What becomes of sessions when their user's password is changed.
    package enum PasswordChange: String, Hashable, Sendable, CaseIterable {
        /// Those proven before the change end.
        case end
        /// They go on.
        case keep
    }

    /// How often each account is checked, beside the checks after a change of files; zero: never, and not after a
    /// change either.
    package var interval: Duration
    /// What a change of the password does.
    package var onPasswordChange: PasswordChange
    /// Whether sessions end when nobody knows their account any more.
    package var unknownEnds: Bool
    /// The PAM service whose account phase is run; nil for the PAM service of the logins.
    package var check: String?

    /// The defaults: every 15 minutes, sessions end with the password and with the account.
    package init(
        interval: Duration = .seconds(15 * 60), onPasswordChange: PasswordChange = .end, unknownEnds: Bool = true,
        check: String? = nil
    ) {
        self.interval = interval
        self.onPasswordChange = onPasswordChange
        self.unknownEnds = unknownEnds
        self.check = check
    }

    /// Whether accounts are checked at all.
    package var isOn: Bool { interval > .zero }
}
