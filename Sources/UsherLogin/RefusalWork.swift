/// How much processor time refusals of a PAM service should take: as much as its successful logins.
///
/// The value rises to a greater measurement at once, and falls towards a lesser one by a sixty-fourth of the
/// difference. So one person whose password has a cheaper hash does not bring it down, but a service that has become
/// cheaper for all does in the end. Only successful logins change it.
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
