// A frame is a big-endian UInt32 and that many bytes of JSON. There is no parser object: the owner of the bytes
// inspects an offset. Rejected: a framer with a buffer of its own, which would copy each frame once more.

/// The framing of the protocol: 4 bytes of length, then 1 to 65,536 bytes of body.
package enum Frame {
    /// What stands at an offset.
    package enum Inspection: Equatable, Sendable {
        /// More bytes must come. `needed` is the size of the whole frame with its header; nil until the header is
        /// there.
        case incomplete(needed: Int?)
        /// A whole frame: where its body stands. The next frame starts at `body.upperBound`.
        case whole(body: Range<Int>)
        /// A length of 0 or above `WireLimit.frame`: answer with a parse error and close. Nothing was allocated for it.
        case invalidLength
    }

    /// Inspects the frame that starts at `offset`, which must be within `0...bytes.count`. O(1).
    package static func inspect(_ bytes: Span<UInt8>, at offset: Int = 0) -> Inspection {
        guard bytes.count - offset >= WireLimit.header else { return .incomplete(needed: nil) }
        let length =
            Int(bytes[offset]) << 24 | Int(bytes[offset + 1]) << 16 | Int(bytes[offset + 2]) << 8
            | Int(bytes[offset + 3])
        guard length > 0, length <= WireLimit.frame else { return .invalidLength }
        let start = offset + WireLimit.header
        guard bytes.count - start >= length else { return .incomplete(needed: WireLimit.header + length) }
        return .whole(body: start..<start + length)
    }
}
