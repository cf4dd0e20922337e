package import UsherClient

/// Texts for login forms, where there is no session yet: bound to 32 random bytes in a cookie of the browser,
/// `__Host-usher-pre`.
///
/// Without them another site could log a browser in as somebody else, and read later what its user then types (login
/// CSRF). The cookie is reused where it is there, so that all tabs of a browser share it; delete it at the login.
public struct LoginCSRF: Sendable, Hashable {
    private static let cookie = HostCookie(known: "usher-pre")
    private static let form = FormToken(label: "UsherWeb login 1", scope: "")

    private let key: Token
    /// The value of a `Set-Cookie` field to send with the form; nil where the browser has the cookie.
    public let setting: String?

    /// The value of a `Set-Cookie` field that deletes the cookie.
    public static var deletion: String { cookie.deletion }

    /// The key of the browser that sent these `Cookie` fields, or a new one.
    public init(_ fields: some Sequence<String>) {
        if let known = LoginCSRF(known: fields) {
            self = known
        } else {
            self.init(key: .fresh(), isNew: true)
        }
    }

    /// The key of the browser that sent these `Cookie` fields; nil where it shows none: it then cannot have the form.
    public init?(known fields: some Sequence<String>) {
        var reader = CookieReader(Self.cookie.name)
        for field in fields { field.withBytes { reader.read($0) } }
        guard case .token(let key) = reader.reading else { return nil }
        self.init(key: key, isNew: false)
    }

    /// A key that is `token`'s bytes.
    package init(key: Token, isNew: Bool) {
        self.key = key
        setting = isNew ? Self.cookie.setting(key, maxAge: nil) : nil
    }

    /// Whether both are of the same browser, in constant time.
    public static func == (left: LoginCSRF, right: LoginCSRF) -> Bool { left.key == right.key }

    /// Hashes the browser's key.
    public func hash(into hasher: inout Hasher) { hasher.combine(key) }

    /// A new text for a login form, another one at each call.
    public func text() -> String { key.withBytes { Self.form.text(key: $0) } }

    /// Whether `text` was made for this browser.
    public func accepts(_ text: some StringProtocol) -> Bool {
        String(text).withBytes { text in key.withBytes { Self.form.accepts(text, key: $0) } }
    }

    /// The text with the random bytes `nonce`, as the vectors have it.
    package func text(nonce: Span<UInt8>) -> String { key.withBytes { Self.form.text(key: $0, nonce: nonce) } }
}
