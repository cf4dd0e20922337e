/// The rule for user names: 1 to 256 bytes of UTF-8, no control characters (C0, DEL, C1) and none that change the
/// direction of a line (U+202A to U+202E, U+2066 to U+2069), no `/`, no leading `-` or `~`. Such a name can be a C
/// string, a file name, an argument and a word in a log without surprises.
package enum UserName {
    /// The longest name, in bytes: LOGIN_NAME_MAX of Linux.
    package static let maximumSize = 256

    /// Whether `name` is one.
    package static func isValid(_ name: String) -> Bool {
        var rule = Rule()
        for byte in name.utf8 where !rule.accepts(byte) { return false }
        return rule.count > 0
    }

    /// The rule, byte by byte, for text whose UTF-8 is valid.
    package struct Rule {
        /// Bytes so far.
        package private(set) var count = 0
        /// The bytes before, the last one lowest.
        private var before: UInt16 = 0

        /// No byte yet.
        package init() {}

        /// Whether a name may go on with `byte`.
        package mutating func accepts(_ byte: UInt8) -> Bool {
            count += 1
            if count == 1, byte == UInt8(ascii: "-") || byte == UInt8(ascii: "~") { return false }
            defer { before = before << 8 | UInt16(byte) }
            return count <= maximumSize && byte >= 0x20 && byte != 0x7F && byte != UInt8(ascii: "/")
                && !endsControl(byte)
        }

        /// Whether `byte` completes a C1 control (C2 80 to C2 9F) or a change of direction (E2 80 AA to AE, E2 81 A6 to
        /// A9).
        private func endsControl(_ byte: UInt8) -> Bool {
            switch byte {
            case 0x80...0x9F where before & 0xFF == 0xC2: true
            case 0xAA...0xAE where before == 0xE280: true
            case 0xA6...0xA9 where before == 0xE281: true
            default: false
            }
        }
    }
}
