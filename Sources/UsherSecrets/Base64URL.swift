/// base64url without padding (RFC 4648, section 5), the canonical form only: for each byte string there is exactly one
/// text, so that a token cannot be written in two ways.
package enum Base64URL {
    /// Characters that `bytes` bytes take.
    package static func encodedCount(_ bytes: Int) -> Int { (bytes * 8 + 5) / 6 }

    private static func character(_ sextet: UInt32) -> UInt8 {
        let value = UInt8(truncatingIfNeeded: sextet & 63)
        switch value {
        case 0..<26: return value + UInt8(ascii: "A")
        case 26..<52: return value - 26 + UInt8(ascii: "a")
        case 52..<62: return value - 52 + UInt8(ascii: "0")
        case 62: return UInt8(ascii: "-")
        default: return UInt8(ascii: "_")
        }
    }

    private static func sextet(_ character: UInt8) -> UInt32? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): return UInt32(character - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): return UInt32(character - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): return UInt32(character - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "-"): return 62
        case UInt8(ascii: "_"): return 63
        default: return nil
        }
    }

    /// Writes the text of `bytes` to `text`, from its start. Precondition: `text` holds `encodedCount` characters.
    package static func encode(_ bytes: Span<UInt8>, into text: inout MutableSpan<UInt8>) {
        var bits: UInt32 = 0
        var held = 0
        var at = 0
        for index in bytes.indices {
            bits = bits << 8 | UInt32(bytes[index])
            held += 8
            while held >= 6 {
                held -= 6
                text[at] = character(bits >> UInt32(held))
                at += 1
            }
        }
        if held > 0 { text[at] = character(bits << UInt32(6 - held)) }
    }

    /// Fills `bytes` from `text`; false where `text` is not the canonical text of exactly that many bytes.
    package static func decode(_ text: Span<UInt8>, into bytes: inout MutableSpan<UInt8>) -> Bool {
        guard text.count == encodedCount(bytes.count) else { return false }
        var bits: UInt32 = 0
        var held = 0
        var at = 0
        for index in text.indices {
            guard let value = sextet(text[index]) else { return false }
            bits = bits << 6 | value
            held += 6
            if held >= 8 {
                held -= 8
                bytes[at] = UInt8(truncatingIfNeeded: bits >> UInt32(held))
                at += 1
            }
        }
        return bits & (1 << UInt32(held) - 1) == 0
    }
}
