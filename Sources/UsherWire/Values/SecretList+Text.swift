internal import UsherSecrets

extension SecretList {
    /// Adds the text, unescaped, with no copy in between.
    mutating func append(_ text: JSONText, in bytes: Span<UInt8>) -> Bool {
        append { block in block.append(text, in: bytes) }
    }
}

extension SecretBytes {
    /// Adds the text, unescaped, with no copy in between; false where it does not fit.
    mutating func append(_ text: JSONText, in bytes: Span<UInt8>) -> Bool {
        guard capacity - count >= text.count(in: bytes) else { return false }
        var cursor = TextCursor(text)
        while let byte = cursor.next(bytes) { append(byte) }
        return true
    }
}
