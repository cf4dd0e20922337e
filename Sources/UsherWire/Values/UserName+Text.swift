package import UsherNames

extension UserName {
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
}
