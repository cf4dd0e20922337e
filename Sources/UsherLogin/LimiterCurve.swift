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
    /// The sum of failures and logins under way from which on no further login begins: as many as one peer may have
    /// open by default. A burst of guesses thus gets that many tries at once, instead of 16 in the first hour, and then
    /// waits an hour for each; the cap is the same.
    package static let parallel = 32
    /// When to try again while others have to be decided first: about the time that a refusal takes.
    static let undecided = Duration.seconds(1)
    /// The longest wait.
    package static let longest = Duration.seconds(3600)
    /// How long a name with a wait keeps its place: a day, so that waiting to be forgotten gains nothing.
    package static let memory = Duration.seconds(86_400)

    /// The wait after `failures` in a row. From the cap on, this is what a client is told, but the wait does not end.
    package static func wait(after failures: Int) -> Duration {
        guard failures > free else { return .zero }
        let doublings = failures - free - 1
        return doublings < 12 ? min(.seconds(1 << doublings), longest) : longest
    }
}
