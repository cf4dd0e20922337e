internal import CLinux
internal import UsherEngine
internal import UsherNames

/// A configuration some of whose names may not be found yet: what is known of them so far, and when they are looked up
/// again.
struct UnsettledConfiguration {
    /// What the files said. They are not read again for it: they may be half way to something else.
    private let draft: ConfigurationDraft
    private let pauses: ClosedRange<Int64>
    private var pause: Int64
    private var accounts = Accounts()
    /// The whole by what is known so far.
    private(set) var configuration: Configuration
    /// All that is wrong with it.
    private(set) var faults: [ConfigurationError]
    /// When names are looked up again, in nanoseconds since boot; nil while they are not.
    private(set) var due: Int64?

    /// What `draft` says, of whose names nothing is known. `pauses` are the first and the longest wait between two
    /// lookups.
    init(_ draft: ConfigurationDraft, pauses: ClosedRange<Int64>) {
        self.draft = draft
        self.pauses = pauses
        pause = pauses.lowerBound
        (configuration, faults) = draft.resolved(by: accounts)
    }

    /// The names that were not found yet.
    var names: [AccountName] { draft.names.filter { !accounts[$0].isFound } }

    /// Whether it only waits for answers.
    var isUnanswered: Bool { faults.allSatisfy { $0.code == .unansweredAccount } }

    /// Whether only accounts are missing.
    var isAboutAccounts: Bool { faults.allSatisfy { [.unansweredAccount, .unknownAccount].contains($0.code) } }

    /// The same with the answers of another lookup.
    func knowing(_ answers: Accounts) -> UnsettledConfiguration {
        var next = self
        next.accounts.add(answers)
        (next.configuration, next.faults) = draft.resolved(by: next.accounts)
        return next
    }

    /// The same, looked up again after a pause, which is twice as long the next time.
    func scheduled() -> UnsettledConfiguration {
        var next = self
        next.due = usher_boottime() + pause
        next.pause = min(2 * pause, pauses.upperBound)
        return next
    }
}
