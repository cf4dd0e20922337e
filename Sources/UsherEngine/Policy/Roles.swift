/// What a peer may ask for. Each method of the protocol needs one of them, or none.
package struct Roles: OptionSet, Hashable, Sendable {
    /// One bit per role.
    package let rawValue: UInt8

    /// The roles of these bits.
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Log people in.
    package static let login = Roles(rawValue: 1 << 0)
    /// Check, rotate and end sessions whose token one holds.
    package static let validate = Roles(rawValue: 1 << 1)
    /// Make sessions without asking PAM: impersonation.
    package static let issue = Roles(rawValue: 1 << 2)
    /// Follow events.
    package static let watch = Roles(rawValue: 1 << 3)
    /// List and end anybody's sessions, read counters, clear the limiter.
    package static let admin = Roles(rawValue: 1 << 4)
    /// Read counters.
    package static let metrics = Roles(rawValue: 1 << 5)
    /// Every role.
    package static let all: Roles = [.login, .validate, .issue, .watch, .admin, .metrics]

    private static let table: [(name: String, role: Roles)] = [
        ("login", .login), ("validate", .validate), ("issue", .issue), ("watch", .watch), ("admin", .admin),
        ("metrics", .metrics),
    ]

    /// The names of all roles, in the order of the protocol.
    package static var allNames: [String] { table.map(\.name) }

    /// The role called `name`, if there is one.
    package init?(name: String) {
        guard let role = Self.table.first(where: { $0.name == name })?.role else { return nil }
        self = role
    }

    /// The names of the roles, in the order of the protocol.
    package var names: [String] { Self.table.filter { contains($0.role) }.map(\.name) }
}
