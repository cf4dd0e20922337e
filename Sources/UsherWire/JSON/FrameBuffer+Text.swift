extension FrameBuffer {
    /// A string. Bytes that are not UTF-8 become U+FFFD, so that a frame is always valid.
    @inline(__always)
    package mutating func value(_ text: Span<UInt8>) {
        guard reserve(text.count + 3) else { return }
        putComma()
        put(UInt8(ascii: "\""))
        let plain = putPlain(text, 0)
        if plain < text.count { putEscaped(text, from: plain) }
        guard reserve(1) else { return }
        put(UInt8(ascii: "\""))
        needsComma = true
    }

    /// A string.
    package mutating func value(_ text: String) {
        var text = text
        text.makeContiguousUTF8()
        text.withUTF8 { unsafe value(Span(_unsafeElements: $0)) }
    }

    /// A string of our own, which needs no escaping.
    package mutating func value(_ text: StaticString) {
        guard reserve(text.utf8CodeUnitCount + 3) else { return }
        putComma()
        put(UInt8(ascii: "\""))
        put(text)
        put(UInt8(ascii: "\""))
        needsComma = true
    }

    /// A string that was read from `bytes`, escaped anew: equal texts become equal bytes.
    package mutating func value(_ text: JSONText, in bytes: Span<UInt8>) {
        if text.isPlain { return value(bytes.extracting(text.range)) }
        guard reserve(2) else { return }
        putComma()
        put(UInt8(ascii: "\""))
        var cursor = TextCursor(text)
        while let byte = cursor.next(bytes) { putEscaped(byte) }
        guard reserve(1) else { return }
        put(UInt8(ascii: "\""))
        needsComma = true
    }

    /// A string: `prefix`, then `count` characters of base64url that `body` writes.
    @inline(__always)
    package mutating func value(
        prefix: StaticString = "", characters count: Int, _ body: (inout MutableSpan<UInt8>) -> Void
    ) {
        guard reserve(count + prefix.utf8CodeUnitCount + 3) else { return }
        putComma()
        put(UInt8(ascii: "\""))
        put(prefix)
        var text = unsafe MutableSpan(_unsafeStart: base + end, count: count)
        body(&text)
        end += count
        put(UInt8(ascii: "\""))
        needsComma = true
    }

    /// Copies bytes that need no escaping, from `offset` on. Returns the index of the first that does, or the end.
    /// Precondition: room for all of them was reserved.
    @inline(__always)
    private mutating func putPlain(_ text: Span<UInt8>, _ offset: Int) -> Int {
        var at = offset
        while text.count - at >= 8 {
            let word = TextScan.word(text, at)
            unsafe UnsafeMutableRawPointer(base + end).storeBytes(of: word.littleEndian, as: UInt64.self)
            let found = TextScan.care(word)
            if found != 0 {
                let count = found.trailingZeroBitCount >> 3
                end += count
                return at + count
            }
            at += 8
            end += 8
        }
        while at < text.count, TextScan.isPlain(text[at]) {
            put(text[at])
            at += 1
        }
        return at
    }

    private mutating func putEscaped(_ text: Span<UInt8>, from offset: Int) {
        var at = offset
        while at < text.count {
            let length = TextScan.sequenceLength(text, at, text.count)
            if length > 1 {
                guard reserve(length) else { return }
                for index in at..<at + length { put(text[index]) }
            } else if length == 1 {
                putEscaped(text[at])
            } else {
                guard reserve(3) else { return }
                put("\u{FFFD}")
            }
            at += max(length, 1)
            guard reserve(text.count - at) else { return }
            at = putPlain(text, at)
        }
    }

    /// One byte of valid UTF-8, escaped where JSON demands it (RFC 8259, section 7), in the shortest way.
    private mutating func putEscaped(_ byte: UInt8) {
        guard reserve(6) else { return }
        switch byte {
        case TextScan.quote: put("\\\"")
        case TextScan.backslash: put("\\\\")
        case 8: put("\\b")
        case 9: put("\\t")
        case 10: put("\\n")
        case 12: put("\\f")
        case 13: put("\\r")
        case 0..<0x20:
            put("\\u00")
            put(UInt8(ascii: "0") + byte >> 4)
            put(Decimal.hexDigit(byte & 15))
        default: put(byte)
        }
    }
}
