package import UsherNames

/// What the answer to a check of an account means. Only an answer that is definite ends a session.
package enum AccountFinding: Hashable, Sendable {
    /// The account is there and may log in. `credential` is its entry in shadow(5), where that is known.
    case alive(AccountCredential?)
    /// The account is over, for the sessions in the scope.
    case over(AccountEnd, AccountScope)
    /// There is no answer yet: logins go first, or ``AccountBrake`` delays a denial.
    case busy
    /// The check gave no definite answer, for this reason.
    case undecided(String)
    /// The service file denies everybody, which ends nobody (``AccountBrake``). `credential` is the account's entry in
    /// shadow(5), if known.
    case held(AccountCredential?)

    /// The meaning of PAM's account phase, which ended with `code` and found `account`, or none.
    ///
    /// A password that must be changed (12) ends nothing: the next login asks for a new one. A stack with pam_deny(8)
    /// at its end also denies a user whose entry a module could not read. So a refusal counts only if the account was
    /// found, and, if an earlier check had read its entry in shadow(5) (`wasKnown`), only if this one has read it too.
    /// `unknownEnds` says that a missing account is definite. Otherwise it is definite only if another name has the
    /// account's uid by now (`isUIDTaken`), because the sessions would then be somebody else's.
    package init(
        _ subject: AccountSubject, code: Int32, account: LoginAccount?, credential: AccountCredential?,
        wasKnown: Bool, isUIDTaken: Bool, unknownEnds: Bool
    ) {
        let missing = isUIDTaken && !unknownEnds ? .over(.uid, .account) : Self.unknown(.account, unknownEnds)
        switch code {
        case 0, 12:
            guard let uid = account?.uid else {
                self = subject.uid == nil ? .alive(nil) : missing
                return
            }
            self = uid == subject.uid ? .alive(credential) : .over(.uid, .account)
        case 6, 7:
            guard let uid = account?.uid else {
                self = subject.uid == nil ? .over(.denied, .address) : missing
                return
            }
            if uid != subject.uid {
                self = .over(.uid, .account)
            } else if credential == nil, wasKnown {
                self = .undecided("the entry in shadow(5) cannot be read")
            } else {
                self = .over(.denied, .address)
            }
        case 10: self = account == nil ? missing : Self.unknown(.service, unknownEnds)
        case 13, 27: self = .over(.expired, .service)
        default: self = .undecided("PAM code \(code)")
        }
    }

    private static func unknown(_ scope: AccountScope, _ ends: Bool) -> AccountFinding {
        ends ? .over(.unknown, scope) : .undecided("no such account, and unknown_ends = false")
    }
}

/// Which sessions of an account an answer is about.
package enum AccountScope: Hashable, Sendable {
    /// All of them.
    case account
    /// Those of the service.
    case service
    /// Those of the service and the address.
    case address
}
