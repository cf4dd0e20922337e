internal import CLinux

/// The secret that proves a session: 32 bytes of getrandom(2), 256 bits (ASVS 7.2.3, NIST SP 800-63B section 5.1).
///
/// A token contains no user, time or counter that anybody could read. A session that several hosts share has a token of
/// 20 random bytes and 12 that a key of these hosts computes (`SharedTokens`): 160 bits. It is not copyable and has no
/// description. It should live on the stack: its `deinit` zeroes only the last place to which the compiler has moved
/// it. An object that stores a token zeroes its own copy.
package struct SessionToken: ~Copyable {
    /// Bytes of a token.
    package static let size = 32
    /// Characters of its base64url text.
    package static let textSize = 43

    private var bytes: InlineArray<32, UInt8>

    /// A new random token.
    package init() {
        bytes = .init(repeating: 0)
        var span = bytes.mutableSpan
        Random.fill(&span)
    }

    /// The token of these 32 bytes, which are zeroed.
    package init(moving source: inout InlineArray<32, UInt8>) {
        bytes = source
        unsafe withUnsafeMutableBytes(of: &source) { unsafe Wipe.zero($0) }
    }

    /// The token that `text` writes; nil unless it is canonical base64url of 43 characters.
    package init?(text: Span<UInt8>) {
        bytes = .init(repeating: 0)
        var span = bytes.mutableSpan
        guard Base64URL.decode(text, into: &span) else { return nil }
    }

    deinit { unsafe withUnsafePointer(to: bytes) { unsafe usher_wipe(UnsafeMutableRawPointer(mutating: $0), 32) } }

    /// Lends the 32 bytes.
    package func withBytes<R: ~Copyable, E: Error>(_ body: (Span<UInt8>) throws(E) -> R) throws(E) -> R {
        try body(bytes.span)
    }

    /// The 32 bytes as four words, to be compared in a few instructions.
    package var words: SIMD4<UInt64> {
        unsafe bytes.span.bytes.unsafeLoadUnaligned(as: SIMD4<UInt64>.self)
    }

    /// Writes the 43 characters to the start of `text`.
    package func write(into text: inout MutableSpan<UInt8>) {
        Base64URL.encode(bytes.span, into: &text)
    }
}
