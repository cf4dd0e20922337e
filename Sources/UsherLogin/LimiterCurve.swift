/// How long a name must wait after its n-th failure in a row.
///
/// The first 4 cost nothing but the floor of refusals. Then the wait doubles with each: 1 s after the 5th, 2 s after
/// the 6th, ... 34 min after the 16th, and 1 h from the 17th on (NIST SP 800-63B section 3.2.2 speaks of 30 s to 1 h).
/// After the 100th nothing is tried any more (the same section's cap) until an administrator clears the name.
package enum LimiterCurve {
    /// Failures that cost no wait.
    package static let free = 4
    /// Failures in a row after which nothing is tried any more: NIST SP 800-63B section 3.2.2.
    package static let cap = 100
    /// Failures and logins under way at which no more may begin beside them: as many as one peer may have open by
    /// default. A burst of guesses gets that many tries at once instead of the 17 of the first hour, and then waits for
    /// an hour each; the cap holds as before.
    package static let parallel = 32
    /// When to try again while others have to be decided first: about the time that a refusal takes.
    static let undecided = Duration.seconds(1)
    /// The longest wait.
    package static let longest = Duration.seconds(3600)
    /// How long a name that has to wait keeps its place: a day, so that nobody waits for it to be forgotten.
    package static let memory = Duration.seconds(86_400)

    /// The wait after `failures` in a row. At the cap and beyond it, it is what a client is told, and does not end.
    package static func wait(after failures: Int) -> Duration {
        guard failures > free else { return .zero }
        let doublings = failures - free - 1
        return doublings < 12 ? min(.seconds(1 << doublings), longest) : longest
    }
}
