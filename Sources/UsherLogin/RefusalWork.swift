/// How much processor time refusals of a PAM service are to take: what its logins take that succeed.
///
/// It follows the most that was measured at once, and a lesser one by a sixty-fourth of the difference: so that one
/// person whose password has a cheaper hash than others does not bring it down, and a service that has become cheaper
/// for all does in the end. Nobody without an account moves it.
package struct RefusalWork: Hashable, Sendable {
    /// In microseconds; 0 before the first login.
    package private(set) var microseconds: UInt32 = 0

    /// Nothing is known.
    package init() {}

    /// A login that succeeded took `used` microseconds, of which no more than `limit` count.
    package mutating func learn(_ used: UInt32, limit: UInt32) {
        let used = min(used, limit)
        microseconds = used >= microseconds ? used : microseconds - (microseconds - used + 63) / 64
    }
}
