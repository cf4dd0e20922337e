internal import UsherNames

/// The public name of a session: it lists and revokes, and never authenticates. It may be shown and logged.
///
/// A session keeps its handle as long as it lives. The text is opaque: nothing can be read out of it.
public struct SessionHandle: Sendable, Hashable, CustomStringConvertible {
    let wire: UsherNames.SessionHandle

    init(_ wire: UsherNames.SessionHandle) { self.wire = wire }

    /// The handle that `text` writes; nil unless `text` is `h_` and 16 characters of base64url.
    public init?(_ text: some StringProtocol) {
        var copy = String(text)
        let handle = copy.withUTF8 { unsafe UsherNames.SessionHandle(text: Span(_unsafeElements: $0)) }
        guard let handle else { return nil }
        wire = handle
    }

    /// The text: `h_` and 16 characters.
    public var text: String { wire.text }
    /// The text.
    public var description: String { text }
}
