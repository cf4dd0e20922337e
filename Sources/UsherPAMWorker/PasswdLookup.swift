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

    /// What the account of `name` calls itself; nil where there is none, or where the database takes longer than half a
    /// second: a directory that hangs must not make every refusal wait for it.
    static func spelling(of name: String) -> String? {
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 257) { answer in
            guard let start = answer.baseAddress, unsafe usher_account_name(name, start, 500) == 1,
                let spelling = unsafe String(validatingCString: start), UserName.isValid(spelling)
            else { return nil }
            return spelling
        }
    }

    /// That there is no such account is an answer without an error: glibc passes on the error of a directory that cannot be
    /// asked, which is ENOENT where its socket is not there.
    private init(_ answer: AccountDatabase.Answer<AccountDatabase.User>) {
        switch answer {
        case .found(let user) where UserName.isValid(user.name): self = .found(.init(name: user.name, uid: user.uid))
        case .found, .none: self = .missing
        case .failed: self = .unavailable
        }
    }
}
