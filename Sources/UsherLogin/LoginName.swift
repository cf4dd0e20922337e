/// The rules for user names, of the public contract and of what may follow from PAM.
package enum LoginName {
    /// The longest name, in bytes.
    package static let maximumSize = 256

    /// Whether `name` may go to PAM or into a session: 1 to 256 bytes, no control characters and none that change the
    /// direction of a line, no `/`, no leading `-` or `~` (modules build paths and command lines of it).
    package static func isWellFormed(_ name: String) -> Bool {
        guard let first = name.utf8.first, name.utf8.count <= maximumSize else { return false }
        guard first != UInt8(ascii: "-"), first != UInt8(ascii: "~") else { return false }
        return name.unicodeScalars.allSatisfy(isAllowed)
    }

    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0, 0x202A...0x202E, 0x2066...0x2069, 0x2F: false
        default: true
        }
    }

    /// The form in which names are counted: directories do not tell `Alice` from `alice`, so guesses must not either.
    static func folded(_ name: String) -> String { name.lowercased() }
}
