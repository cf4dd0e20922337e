/// The rule for names of users, wherever they come from: a client, PAM, an issuer.
///
/// A name is 1 to 256 bytes of UTF-8. It has no control characters (C0, DEL, C1), none that change the direction of a
/// line (U+202A to U+202E, U+2066 to U+2069), and no `/`. It does not begin with `-` or `~`, is neither `.` nor `..`,
/// and has no blank (Unicode's White_Space) at either end. Such a name can be a C string, a file name, an argument and
/// a word in a log without surprises. A directory that ignores outer blanks has no second name for anybody.
package enum UserName {
    /// The longest name, in bytes: LOGIN_NAME_MAX of Linux.
    package static let maximumSize = 256

    /// Whether `name` is one.
    package static func isValid(_ name: String) -> Bool {
        var rule = Rule()
        for byte in name.utf8 { rule.append(byte) }
        return rule.isKept
    }

    /// The rule, checked byte by byte, because a frame may have the text escaped. Precondition: the bytes are UTF-8.
    package struct Rule: Sendable {
        private var count = 0
        /// The last three bytes, the latest in the lowest byte.
        private var tail: UInt32 = 0
        private var isRefused = false
        private var hasOnlyDots = true

        /// No byte yet.
        package init() {}

        /// Takes the next byte of the name.
        package mutating func append(_ byte: UInt8) {
            count = min(count + 1, maximumSize + 1)
            tail = (tail << 8 | UInt32(byte)) & 0xFF_FFFF
            if byte != UInt8(ascii: ".") { hasOnlyDots = false }
            let isSign = byte == UInt8(ascii: "-") || byte == UInt8(ascii: "~")
            if byte < 0x20 || byte == 0x7F || byte == UInt8(ascii: "/") || count == 1 && isSign || endsControl
                || blankSize == count
            {
                isRefused = true
            }
        }

        /// Whether the bytes so far are a name.
        package var isKept: Bool {
            count > 0 && count <= maximumSize && !isRefused && blankSize == 0 && !(hasOnlyDots && count <= 2)
        }

        /// Whether the last bytes are a C1 control (C2 80 to C2 9F) or a change of direction (E2 80 AA to AE, E2 81 A6
        /// to A9).
        private var endsControl: Bool {
            switch tail {
            case 0xE2_80AA...0xE2_80AE, 0xE2_81A6...0xE2_81A9: true
            default: (0xC280...0xC29F).contains(tail & 0xFFFF)
            }
        }

        /// Bytes of the blank that ends here, a scalar with White_Space that is no control; 0 if none does.
        private var blankSize: Int {
            switch tail {
            case 0xE1_9A80, 0xE2_8080...0xE2_808A, 0xE2_80A8, 0xE2_80A9, 0xE2_80AF, 0xE2_819F, 0xE3_8080: 3
            default: tail & 0xFFFF == 0xC2A0 ? 2 : tail & 0xFF == 0x20 ? 1 : 0
            }
        }
    }
}
