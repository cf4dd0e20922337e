package import UsherClient

/// A field of a request that tells a tool who asks. Proxies set it to what the gate answered, and drop a client's own.
package enum IdentityField: String, Sendable, CaseIterable {
    /// The user's canonical name.
    case user = "Remote-User"
    /// The groups that rules of the site name and the user is in, with `,` between them.
    case groups = "Remote-Groups"
    /// The address that the rule makes of the user's name.
    case email = "Remote-Email"
    /// The session's public name, for the tool's log.
    case session = "Remote-Session"
    /// When the user last proved who they are, RFC 3339.
    case authTime = "Remote-Auth-Time"
    /// How they proved it (RFC 8176), with `,` between the ways.
    case authMethods = "Remote-Auth-Methods"

    /// The name in small letters, as ``GateAnswer`` has it.
    package var answerName: String {
        switch self {
        case .user: "remote-user"
        case .groups: "remote-groups"
        case .email: "remote-email"
        case .session: "remote-session"
        case .authTime: "remote-auth-time"
        case .authMethods: "remote-auth-methods"
        }
    }

    /// The value for a session. An empty value becomes `-`: for an empty or missing field Caddy 2.6 sends its own
    /// placeholder to the tool.
    package func value(of session: Session, groups: [String], email: String) -> String {
        let value =
            switch self {
            case .user: session.user
            case .groups: Self.list(groups)
            case .email: Self.address(email, of: session.user)
            case .session: session.handle.text
            case .authTime: session.authenticated.description
            case .authMethods: Self.list(session.methods)
            }
        return value.isEmpty ? "-" : value
    }

    /// The list, with `,` and `%` inside a name percent-encoded. It ends before the name that would exceed 1 KiB, since
    /// proxies bound the fields of an answer.
    private static func list(_ names: [String]) -> String {
        var text = ""
        for name in names.map(encoded) {
            let next = text.isEmpty ? name : text + "," + name
            guard next.utf8.count <= 1024 else { break }
            text = next
        }
        return text
    }

    private static func encoded(_ name: String) -> String {
        var bytes: [UInt8] = []
        for byte in name.utf8 {
            switch byte {
            case UInt8(ascii: ","): bytes += "%2C".utf8
            case UInt8(ascii: "%"): bytes += "%25".utf8
            default: bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func address(_ pattern: String, of user: String) -> String {
        guard let place = pattern.firstRange(of: "{user}") else { return pattern }
        return pattern[..<place.lowerBound] + user + pattern[place.upperBound...]
    }
}
