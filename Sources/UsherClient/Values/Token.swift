internal import UsherSecrets

/// The secret that proves a session: whoever shows it *is* the user. Keep it as one keeps a password.
///
/// Its descriptions are redacted: ask for ``text`` to put the token into a cookie or a header. It compares in constant
/// time, and its bytes are zeroed when the last copy of the value is gone.
public struct Token: Sendable, Hashable {
    /// Characters of a token's text.
    public static let textSize = 43

    private final class Box: @unchecked Sendable {
        /// Changed in `deinit` alone, so that reads need no exclusivity check.
        @exclusivity(unchecked) private(set) var token: SessionToken
        init(_ token: consuming SessionToken) { unsafe self.token = token }
        /// Zeroes the token in its place: the deinit of `SessionToken` gets a copy and zeroes only that copy.
        deinit { unsafe withUnsafeMutableBytes(of: &token) { unsafe Wipe.zero($0) } }
    }

    private let box: Box

    private init(_ box: Box) { self.box = box }

    /// The token that `text` writes; nil unless it is canonical base64url of 43 characters.
    public init?(_ text: some StringProtocol) {
        var copy = String(text)
        let token: Token? = copy.withUTF8 { unsafe Token(utf8: Span(_unsafeElements: $0)) }
        guard let token else { return nil }
        self = token
    }

    /// The token that the UTF-8 `text` writes; nil unless it is canonical base64url of 43 characters.
    public init?(utf8 text: Span<UInt8>) {
        guard let token = SessionToken(text: text) else { return nil }
        box = Box(token)
    }

    /// A copy of a token that the daemon sent.
    init(_ token: borrowing SessionToken) {
        var text = InlineArray<43, UInt8>(repeating: 0)
        var room = text.mutableSpan
        token.write(into: &room)
        guard let copy = SessionToken(text: text.span) else { preconditionFailure("a token has one text") }
        box = Box(copy)
    }

    /// The 43 characters of the token. Whoever reads them can act as the user.
    public var text: String {
        withText { text in
            unsafe String(unsafeUninitializedCapacity: text.count) { characters in
                for index in text.indices { unsafe characters[index] = text[index] }
                return text.count
            }
        }
    }

    /// Lends the 43 characters for the length of `body`.
    public func withText<R: ~Copyable, E: Error>(_ body: (Span<UInt8>) throws(E) -> R) throws(E) -> R {
        var text = InlineArray<43, UInt8>(repeating: 0)
        var room = text.mutableSpan
        unsafe box.token.write(into: &room)
        return try body(text.span)
    }

    /// Lends the token to what writes it into a request.
    func withToken<R: ~Copyable>(_ body: (borrowing SessionToken) -> R) -> R { unsafe body(box.token) }

    /// Lends the 32 bytes for the length of `body`.
    package func withBytes<R: ~Copyable, E: Error>(_ body: (Span<UInt8>) throws(E) -> R) throws(E) -> R {
        unsafe try box.token.withBytes(body)
    }

    /// The token of these 32 bytes, which are zeroed.
    package init(moving bytes: inout InlineArray<32, UInt8>) { box = Box(SessionToken(moving: &bytes)) }

    /// 32 new random bytes, which prove no session: a key in a cookie.
    package static func fresh() -> Token { Token(Box(SessionToken())) }

    /// The 32 bytes as four words.
    var words: SIMD4<UInt64> { unsafe box.token.words }

    /// Whether both are the same token, in constant time.
    public static func == (left: Token, right: Token) -> Bool {
        unsafe left.box.token.withBytes { one in unsafe right.box.token.withBytes { ConstantTime.equal(one, $0) } }
    }

    /// Hashes the token with the process' seed.
    public func hash(into hasher: inout Hasher) {
        unsafe box.token.withBytes { bytes in
            for index in bytes.indices { hasher.combine(bytes[index]) }
        }
    }
}

extension Token: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Says that there is a token, never which.
    public var description: String { "Token(redacted)" }
    /// Says that there is a token, never which.
    public var debugDescription: String { description }
    /// Nothing to look into.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
