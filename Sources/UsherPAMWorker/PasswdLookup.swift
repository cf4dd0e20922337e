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

    /// Asks for `name` and waits at most `patience` for the answer. With `key` it returns the entry's hash under `key`
    /// too.
    static func find(
        _ name: String, within patience: Duration, under key: CredentialKey? = nil
    ) -> (answer: PasswdLookup, hash: PasswdHash?) {
        var account = usher_account()
        let milliseconds = Int32(clamping: patience.wholeNanoseconds / 1_000_000)
        switch unsafe usher_find_account(name, &account, milliseconds) {
        case 1:
            let spelling = unsafe withUnsafeBytes(of: account.name) { bytes in
                unsafe String(validating: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard let spelling, UserName.isValid(spelling) else { return (.missing, nil) }
            let hash = key.flatMap { PasswdHash(account, under: $0) }
            return (.found(.init(name: spelling, uid: account.uid)), hash)
        case 0: return (.missing, nil)
        default: return (.unavailable, nil)
        }
    }

    /// The name in the account's own entry, when asked for `name`. Nil if there is no account, or if the database takes
    /// longer than half a second: a directory that hangs must not make every refusal wait for it.
    static func spelling(of name: String) -> String? {
        if case .found(let account) = find(name, within: .milliseconds(500)).answer { account.name } else { nil }
    }

    /// An answer without an account and without an error is `missing`. Any error is `unavailable`: glibc passes on the
    /// error of a directory that cannot be asked, which is ENOENT if its socket does not exist.
    private init(_ answer: AccountDatabase.Answer<AccountDatabase.User>) {
        switch answer {
        case .found(let user) where UserName.isValid(user.name): self = .found(.init(name: user.name, uid: user.uid))
        case .found, .none: self = .missing
        case .failed: self = .unavailable
        }
    }
}
