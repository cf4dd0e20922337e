/// The rules for user names, of the public contract and of what may follow from PAM.
package enum LoginName {
    /// The longest name, in bytes.
    package static let maximumSize = 256

    /// Whether `name` may go to PAM or into a session: 1 to 256 bytes, no control bytes, no `/`, no leading `-` or `~`
    /// (modules build paths and command lines of it).
    package static func isWellFormed(_ name: String) -> Bool {
        guard let first = name.utf8.first, name.utf8.count <= maximumSize else { return false }
        guard first != UInt8(ascii: "-"), first != UInt8(ascii: "~") else { return false }
        return name.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "/") }
    }

    /// The form in which names are counted: directories do not tell `Alice` from `alice`, so guesses must not either.
    static func folded(_ name: String) -> String { name.lowercased() }
}
