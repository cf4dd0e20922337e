public import UsherClient

/// Texts for forms that change something: another site cannot make them, so it cannot make a browser post such a form.
///
/// A text is bound to the session's token and to a scope, and is over with the token: after a logout, and after a
/// re-authentication or rotation, which replace it. Render the form anew then, with what was typed. Read the text from
/// the field ``fieldName`` of a form's body or from the header ``headerName``, never from a URL, which is logged. Check
/// ``FetchOrigin`` too. How a text is made: PROTOCOL.md, "Web tools".
public enum CSRF {
    /// The usual name of the form's field.
    public static let fieldName = "csrf"
    /// The usual name of the header, for scripts.
    public static let headerName = "x-csrf-token"

    private static func form(_ scope: String) -> FormToken { FormToken(label: "UsherWeb CSRF 1", scope: scope) }

    /// A new text for forms of the session of `token`, another one at each call. A form with a scope is accepted for
    /// that scope alone.
    public static func text(for token: Token, scope: String = "") -> String {
        token.withBytes { form(scope).text(key: $0) }
    }

    /// Whether `text` was made for the session of `token` and for `scope`.
    public static func accepts(_ text: some StringProtocol, for token: Token, scope: String = "") -> Bool {
        String(text).withBytes { accepts($0, for: token, scope: scope) }
    }

    /// Whether the bytes `text` were made for the session of `token` and for `scope`.
    public static func accepts(_ text: Span<UInt8>, for token: Token, scope: String = "") -> Bool {
        token.withBytes { form(scope).accepts(text, key: $0) }
    }

    /// The text with the random bytes `nonce`, as the vectors have it.
    package static func text(for token: Token, scope: String, nonce: Span<UInt8>) -> String {
        token.withBytes { form(scope).text(key: $0, nonce: nonce) }
    }
}
