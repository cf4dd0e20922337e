internal import CLinux
internal import UsherEngine
internal import UsherNames

/// A configuration whose names may not all be found yet, the answers so far, and the time of the next look-up.
struct UnsettledConfiguration {
    /// The draft of the files. The files are not read again for a look-up: somebody may be editing them.
    private let draft: ConfigurationDraft
    private let pauses: ClosedRange<Int64>
    private var pause: Int64
    private var accounts = Accounts()
    /// The configuration by the answers so far.
    private(set) var configuration: Configuration
    /// All that is wrong with it.
    private(set) var faults: [ConfigurationError]
    /// When names are looked up again, in nanoseconds since boot; nil while they are not.
    private(set) var due: Int64?

    /// The configuration of `draft`, before any look-up. `pauses` are the first and the longest wait between two
    /// look-ups.
    init(_ draft: ConfigurationDraft, pauses: ClosedRange<Int64>) {
        self.draft = draft
        self.pauses = pauses
        pause = pauses.lowerBound
        (configuration, faults) = draft.resolved(by: accounts)
    }

    /// The names that were not found yet.
    var names: [AccountName] { draft.names.filter { !accounts[$0].isFound } }

    /// Whether every fault is a name whose look-up failed.
    var isUnanswered: Bool { faults.allSatisfy { $0.code == .unansweredAccount } }

    /// Whether every fault is about an account.
    var isAboutAccounts: Bool { faults.allSatisfy { [.unansweredAccount, .unknownAccount].contains($0.code) } }

    /// The same with the answers of another lookup.
    func knowing(_ answers: Accounts) -> UnsettledConfiguration {
        var next = self
        next.accounts.add(answers)
        (next.configuration, next.faults) = draft.resolved(by: next.accounts)
        return next
    }

    /// The same, due again after the back-off, which doubles up to the longest wait.
    func scheduled() -> UnsettledConfiguration {
        var next = self
        next.due = usher_boottime() + pause
        next.pause = min(2 * pause, pauses.upperBound)
        return next
    }
}
