package import UsherNames

/// What came of looking a name up.
package enum AccountAnswer: Hashable, Sendable {
    /// Its uid or gid.
    case found(UInt32)
    /// There is no account of that name. A directory that is cut off says so too of a name that it has not asked for
    /// before.
    case none
    /// The look-up failed, for this reason: nobody knows whether there is such an account.
    case failed(String)

    /// Whether there is such an account.
    var isFound: Bool { if case .found = self { true } else { false } }
    /// Whether nobody knows.
    private var isFailed: Bool { if case .failed = self { true } else { false } }

    /// What is known after this answer and then `later`: a failed look-up takes no answer back.
    fileprivate func followed(by later: AccountAnswer) -> AccountAnswer { later.isFailed && !isFailed ? self : later }
}

/// Answers about names of the host's users and groups (``AccountLookup``). Reading a configuration takes them as a
/// value, and asks nobody itself.
package struct Accounts: Hashable, Sendable {
    private var answers: [AccountName: AccountAnswer]

    /// What is known of these names.
    package init(_ answers: [AccountName: AccountAnswer] = [:]) { self.answers = answers }

    /// What is known of `name`. `root`, and a text that cannot be a name, need no look-up.
    package subscript(name: AccountName) -> AccountAnswer {
        get { Self.known(name) ?? answers[name] ?? .failed("was not looked up") }
        set { answers[name] = newValue }
    }

    /// Adds what another lookup found out.
    mutating func add(_ later: Accounts) {
        answers.merge(later.answers) { $0.followed(by: $1) }
    }

    /// Whether the answer depends on the host.
    package static func mustBeAsked(_ name: AccountName) -> Bool { known(name) == nil }

    private static func known(_ name: AccountName) -> AccountAnswer? {
        if name.name == "root" { return .found(0) }
        return name.isPossible ? nil : AccountAnswer.none
    }
}
