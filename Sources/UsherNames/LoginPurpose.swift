/// What the answers to a challenge are for.
package enum LoginPurpose: UInt8, Hashable, CaseIterable, Sendable {
    /// To prove who it is.
    case login = 1
    /// To replace an expired password within the login; who it is has been proven.
    case passwordChange = 2

    /// As it stands in `purpose` of the public protocol.
    package var name: StaticString {
        switch self {
        case .login: "login"
        case .passwordChange: "password_change"
        }
    }
}
