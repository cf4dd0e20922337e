package import UsherClient
package import UsherWebCore

/// The cookies of one origin: `__Host-usher`, which holds the sealed token, and `__Host-usher-hop`, which binds a
/// hand-over to the browser that asked for it.
package struct GateCookie: Sendable {
    /// What a request shows.
    package enum Reading: Sendable, Hashable {
        /// The cookie is not there.
        case none
        /// The cookie holds this token.
        case token(Token)
        /// The cookie holds something else, or is there several times. Delete it.
        case unusable
    }

    private static let session = HostCookie(known: "usher")
    private static let hop = HostCookie(known: "usher-hop")

    private let key: CookieKey

    /// The cookies of `origin` under the gate's `key`.
    package init(gate key: Span<UInt8>, origin: Origin) { self.key = CookieKey(gate: key, origin: origin) }

    /// Reads the values of all `Cookie` fields of a request.
    package func read(_ fields: [String]) -> Reading {
        var search = CookieSearch(Self.session.name) { key.unseal($0) }
        for field in fields { search.read(field.utf8Span.span) }
        switch search.finding {
        case .none: return .none
        case .one(let token): return token.map { .token($0) } ?? .unusable
        case .several: return .unusable
        }
    }

    /// The value of a `Set-Cookie` field that stores `token` until the browser ends.
    package func setting(_ token: Token) -> String { Self.session.setting(key.seal(token)) }

    /// The value of a `Set-Cookie` field that deletes the cookie.
    package static var deletion: String { session.deletion }

    /// The browser's 32 bytes for hand-overs; nil where it shows none, or several.
    package static func hop(_ fields: [String]) -> Token? {
        var search = CookieSearch(hop.name) { Token(utf8: $0) }
        for field in fields { search.read(field.utf8Span.span) }
        if case .one(let token) = search.finding { return token }
        return nil
    }

    /// The value of a `Set-Cookie` field that stores a browser's bytes for hand-overs.
    package static func settingHop(_ token: Token) -> String { hop.setting(token.text) }
}
