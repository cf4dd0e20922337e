/// The rule for user names: 1 to 256 bytes of UTF-8, no control bytes, no `/`, no leading `-` or `~`. Such a name can be a
/// C string, a file name and an argument without surprises.
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

        mutating func accepts(_ byte: UInt8) -> Bool {
            count += 1
            if count == 1, byte == UInt8(ascii: "-") || byte == UInt8(ascii: "~") { return false }
            return count <= WireLimit.userName && byte >= 0x20 && byte != 0x7F && byte != UInt8(ascii: "/")
        }
    }
}
