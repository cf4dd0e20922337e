public import UsherClient

/// The cookie that carries a session's token.
///
/// `__Host-NAME=TOKEN; Path=/; Secure; HttpOnly; SameSite=Lax`: scripts cannot read it, other hosts neither see nor
/// plant it, and forms of other sites are sent without it. With `Strict` a person who follows a link in a mail would
/// have to log in again. The cookie ends with the browser; the daemon ends the session.
///
/// Browsers take it over TLS and from `http://localhost` alone.
public struct SessionCookie: Sendable, Hashable {
    private let cookie: HostCookie

    /// The cookie `__Host-session`.
    public init() { cookie = HostCookie(known: "session") }

    /// The cookie `__Host-` and `name`; nil where `name` is no token of RFC 9110, section 5.6.2. Tools on one host
    /// under several ports share cookies, so each needs a name of its own.
    public init?(named name: String) {
        guard let cookie = HostCookie(name) else { return nil }
        self.cookie = cookie
    }

    /// The whole name, with `__Host-`.
    public var name: String { cookie.name }

    /// The value of a `Set-Cookie` field that stores `token`. With `maxAge`, the rest of the session's life, the cookie
    /// outlives the browser: a person who starts the browser again within that time is logged in.
    public func setting(_ token: Token, maxAge: Duration? = nil) -> String { cookie.setting(token, maxAge: maxAge) }

    /// The value of a `Set-Cookie` field that deletes the cookie.
    public var deletion: String { cookie.deletion }

    /// Reads the values of all `Cookie` fields of a request.
    public func read(_ fields: some Sequence<String>) -> CookieReading {
        var reader = CookieReader(name)
        for field in fields { field.withBytes { reader.read($0) } }
        return reader.reading
    }

    /// Reads the value of the only `Cookie` field of a request.
    public func read(_ field: Span<UInt8>) -> CookieReading {
        var reader = CookieReader(name)
        reader.read(field)
        return reader.reading
    }
}
