package import UsherNames

/// Keeps a broken PAM service file from ending the sessions of its service. No clock and no I/O: time is a parameter.
///
/// An empty service file denies everybody, and so does one with a control word that libpam cannot parse. No PAM code
/// tells such a denial from an intended one. So every service file is in doubt after a start and after a change of
/// PAM's files, until a transaction that began later finds somebody alive by this file. While a file is in doubt,
/// denials do not count for `patience` after the first one; checks of other users are answered meanwhile. When `enough`
/// users have been denied and nobody found alive, the file is held: its denials end nobody. It is released when
/// somebody is found alive by it. With fewer than `enough` users, a broken file cannot be told from a rule, and the
/// denial counts after `patience`.
///
/// Invariants: a proven service file is neither in doubt nor held; a file in doubt remembers fewer than `enough` names.
/// Only denials are held: an account that is expired, locked, unknown or somebody else's is over in any case. Rejected:
/// a share of all users (nobody knows how many of them a new rule concerns); a check of a user who is known to be alive
/// (a host whose only account is denied has none).
package struct AccountBrake: Sendable {
    /// What happened to a service file.
    package struct News: Hashable, Sendable {
        /// What a service file came to be.
        package enum Change: Hashable, Sendable {
            /// Everybody is denied by it: its denials end nobody.
            case held
            /// Somebody was found alive by it: its denials count again.
            case released
        }

        /// The PAM service.
        package let stack: String
        /// What it came to be.
        package let change: Change

        /// News of a PAM service.
        package init(_ stack: String, _ change: Change) {
            self.stack = stack
            self.change = change
        }
    }

    private struct Doubt {
        /// When the first user was denied.
        let since: Duration
        var denied: Set<String>
    }

    /// Users who must be denied, and nobody else alive, for a service file to be held.
    private static let enough = 3
    /// How long the first denials wait for answers about other users. Together with the pause before a repeated check,
    /// the confirmation and the broker's delay, it stays below five seconds.
    private static let patience = Duration.seconds(2)

    private var proven: Set<String> = []
    private var doubts: [String: Doubt] = [:]
    private var holding: Set<String> = []
    private var news: [News] = []
    /// The last transaction that may have begun before PAM's files changed.
    private var lastBefore: UInt64 = 0

    /// A brake by which nothing is proven.
    package init() {}

    /// Whether a service file is held.
    package func isHeld(_ stack: String) -> Bool { holding.contains(stack) }

    /// Returns the news since the last call.
    package mutating func takeNews() -> [News] {
        defer { news = [] }
        return news
    }

    /// The service files that are configured; others are forgotten.
    package mutating func setStacks(_ stacks: Set<String>) {
        proven.formIntersection(stacks)
        holding.formIntersection(stacks)
        doubts = doubts.filter { stacks.contains($0.key) }
    }

    /// PAM's files have changed, or may have. Transactions up to `transaction` may have read the old ones.
    package mutating func filesChanged(after transaction: UInt64) {
        (proven, doubts, lastBefore) = ([], [:], transaction)
    }

    /// A transaction has found somebody alive by `stack`.
    package mutating func noteAlive(by stack: String, in transaction: UInt64) {
        guard transaction > lastBefore, proven.insert(stack).inserted else { return }
        doubts[stack] = nil
        if holding.remove(stack) != nil { news.append(News(stack, .released)) }
    }

    /// The finding that counts in place of `finding`, which `transaction` made about `user` by `stack`. A held one
    /// carries `credential`.
    package mutating func judged(
        _ finding: AccountFinding, _ credential: AccountCredential?, of user: String, by stack: String,
        in transaction: UInt64, at now: Duration
    ) -> AccountFinding {
        switch finding {
        case .alive:
            noteAlive(by: stack, in: transaction)
            return finding
        case .over(.denied, _):
            return instead(ofDenial: user, credential, by: stack, in: transaction, at: now) ?? finding
        case .over, .busy, .undecided, .held: return finding
        }
    }

    /// The finding that replaces a denial which does not count; nil if the denial counts.
    private mutating func instead(
        ofDenial user: String, _ credential: AccountCredential?, by stack: String, in transaction: UInt64,
        at now: Duration
    ) -> AccountFinding? {
        guard transaction > lastBefore else { return .busy }
        if proven.contains(stack) { return nil }
        if holding.contains(stack) { return .held(credential) }
        var doubt = doubts[stack] ?? Doubt(since: now, denied: [])
        doubt.denied.insert(user)
        doubts[stack] = doubt
        if doubt.denied.count >= Self.enough {
            doubts[stack] = nil
            holding.insert(stack)
            news.append(News(stack, .held))
            return .held(credential)
        }
        return now < doubt.since + Self.patience ? .busy : nil
    }
}
