package import UsherNames

extension UserName {
    /// Whether `name` is one.
    package static func isValid(_ name: Span<UInt8>) -> Bool {
        var rule = Rule()
        var at = 0
        while at < name.count {
            let length = TextScan.sequenceLength(name, at, name.count)
            guard length > 0 else { return false }
            for index in at..<at + length { rule.append(name[index]) }
            at += length
        }
        return rule.isKept
    }

    /// Whether `text` is one.
    static func isValid(_ text: JSONText, in bytes: Span<UInt8>) -> Bool {
        guard !text.hasLoneSurrogate else { return false }
        var rule = Rule()
        var cursor = TextCursor(text)
        while let byte = cursor.next(bytes) { rule.append(byte) }
        return rule.isKept
    }
}
