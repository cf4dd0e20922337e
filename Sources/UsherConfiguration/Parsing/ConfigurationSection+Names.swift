extension ConfigurationSection {
    /// The longest path of a socket: `sun_path` of unix(7) less its NUL.
    static let maximumSocketPath = 107
    /// The longest path of anything else: PATH_MAX less its NUL.
    package static let maximumPath = 4095
    /// The longest name of a service, a realm, or a PAM service.
    static let maximumName = 32

    /// An absolute path of at most `limit` bytes.
    package mutating func path(_ key: String, limit: Int = maximumPath) throws(ConfigurationError) -> String? {
        guard let path = try string(key) else { return nil }
        guard path.utf8.first == UInt8(ascii: "/") else { throw error(.badValue, key, "must be an absolute path") }
        guard path.utf8.count <= limit else { throw error(.badValue, key, "must not be longer than \(limit) bytes") }
        return path
    }

    /// A name of 1 to 32 small letters, digits, `-` and `_`, the first of them a letter or a digit.
    package mutating func name(_ key: String) throws(ConfigurationError) -> String? {
        guard let name = try string(key) else { return nil }
        guard Self.isName(name) else {
            let message = "must be 1 to \(Self.maximumName) of a-z, 0-9, - and _, beginning with a letter or a digit"
            throw error(.badValue, key, message)
        }
        return name
    }

    private static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, name.utf8.count <= maximumName else { return false }
        return isAlphanumeric(first)
            && name.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: false
        }
    }
}
