/// A user or a group of the host, by its name.
package struct AccountName: Hashable, Sendable, CustomStringConvertible {
    /// Whether it is a user or a group.
    package enum Kind: String, Sendable { case user, group }

    /// The longest name that can be one: LOGIN_NAME_MAX less its NUL.
    private static let maximumName = 255

    /// User or group.
    package var kind: Kind
    /// The name, as passwd(5) or group(5) has it.
    package var name: String

    /// The user or group of that name.
    package init(_ kind: Kind, _ name: String) {
        self.kind = kind
        self.name = name
    }

    /// The name in texts of errors.
    package var description: String { "\(kind.rawValue) \(String(reflecting: name))" }

    /// Whether a user or group can have this name.
    package var isPossible: Bool {
        let bytes = name.utf8
        return (1...Self.maximumName).contains(bytes.count)
            && bytes.allSatisfy { $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: ":") }
    }
}
