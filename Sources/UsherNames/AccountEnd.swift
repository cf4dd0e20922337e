/// Why a session ended with the account behind it.
package enum AccountEnd: UInt8, Hashable, CaseIterable, Sendable {
    /// The account, or its password, has expired for good.
    case expired
    /// The account may not log in here or now.
    case denied
    /// There is no such account any more.
    case unknown
    /// The account of that name has another uid.
    case uid
    /// The account has another password, or none.
    case password
    /// The password was locked.
    case locked

    /// The word in `detail` of an event and in the journal (PROTOCOL.md, events.subscribe).
    package var name: StaticString {
        switch self {
        case .expired: "expired"
        case .denied: "denied"
        case .unknown: "unknown"
        case .uid: "uid"
        case .password: "password"
        case .locked: "locked"
        }
    }
}
