package import UsherNames

/// What came of looking a name up.
package enum AccountAnswer: Hashable, Sendable {
    /// Its uid or gid.
    case found(UInt32)
    /// There is nothing of that name; so says also a directory that is cut off from the names that it has not asked for
    /// before.
    case none
    /// Whether there is, nobody knows; why.
    case failed(String)

    /// Whether there is such an account.
    var isFound: Bool { if case .found = self { true } else { false } }
    /// Whether nobody knows.
    private var isFailed: Bool { if case .failed = self { true } else { false } }

    /// What is known where this was the answer and `later` is one now: no answer takes nothing back.
    fileprivate func followed(by later: AccountAnswer) -> AccountAnswer { later.isFailed && !isFailed ? self : later }
}

/// Names of the host's users and groups, looked up (``AccountLookup``). Reading a configuration is given them, and asks
/// nobody itself.
package struct Accounts: Hashable, Sendable {
    private var answers: [AccountName: AccountAnswer]

    /// What is known of these names.
    package init(_ answers: [AccountName: AccountAnswer] = [:]) { self.answers = answers }

    /// What is known of `name`. That root is 0, and that some texts are no names, need not be looked up.
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
