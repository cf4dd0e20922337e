/// The rule for user names: 1 to 256 bytes of UTF-8, no control characters (C0, DEL, C1) and none that change the
/// direction of a line (U+202A to U+202E, U+2066 to U+2069), no `/`, no leading `-` or `~`. Such a name can be a C
/// string, a file name, an argument and a word in a log without surprises.
package enum UserName {
    /// Whether `name` is one. It must be UTF-8.
    package static func isValid(_ name: Span<UInt8>) -> Bool {
        var rule = Rule()
        var at = 0
        while at < name.count {
            guard rule.accepts(name[at]) else { return false }
            let length = TextScan.sequenceLength(name, at, name.count)
            guard length > 0 else { return false }
            for index in at + 1..<max(at + length, at + 1) where !rule.accepts(name[index]) { return false }
            at += length
        }
        return rule.count > 0
    }

    /// Whether `text` is one.
    static func isValid(_ text: JSONText, in bytes: Span<UInt8>) -> Bool {
        guard !text.hasLoneSurrogate else { return false }
        var rule = Rule()
        var cursor = TextCursor(text)
        while let byte = cursor.next(bytes) {
            guard rule.accepts(byte) else { return false }
        }
        return rule.count > 0
    }

    private struct Rule {
        var count = 0
        /// The bytes before, the last one lowest.
        private var before: UInt16 = 0

        mutating func accepts(_ byte: UInt8) -> Bool {
            count += 1
            if count == 1, byte == UInt8(ascii: "-") || byte == UInt8(ascii: "~") { return false }
            defer { before = before << 8 | UInt16(byte) }
            return count <= WireLimit.userName && byte >= 0x20 && byte != 0x7F && byte != UInt8(ascii: "/")
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
