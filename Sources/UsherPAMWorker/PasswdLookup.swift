internal import CLinux
internal import UsherNames
internal import UsherPAMWire
internal import UsherPOSIX

/// The account database, asked here because a directory behind it may take its time, crash or leak.
enum PasswdLookup: Equatable {
    case found(PAMVerdict.Account)
    case missing
    /// The database did not answer.
    case unavailable

    /// Asks for `name`.
    init(name: String) { self.init(AccountDatabase.user(named: name)) }

    /// Asks for `uid`.
    init(uid: uid_t) { self.init(AccountDatabase.user(uid)) }

    /// ENOENT and its like mean "no such account", see getpwnam_r(3).
    private init(_ answer: AccountDatabase.Answer<AccountDatabase.User>) {
        switch answer {
        case .found(let user) where UserName.isValid(user.name): self = .found(.init(name: user.name, uid: user.uid))
        case .found, .none, .failed(ENOENT), .failed(ESRCH), .failed(EBADF), .failed(EPERM): self = .missing
        case .failed: self = .unavailable
        }
    }
}
