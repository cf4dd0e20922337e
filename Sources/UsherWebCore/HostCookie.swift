internal import UsherClient

/// A cookie of one host that carries a secret: what ``SessionCookie`` and ``LoginCSRF`` have in common.
///
/// Its name begins with `__Host-`, which browsers accept only from the host itself, over TLS, for all paths and without
/// `Domain` (rfc6265bis, section 4.1.3.2): no other host of the domain can plant one. The attributes stand always in
/// the same order.
package struct HostCookie: Sendable, Hashable {
    /// The whole name.
    package let name: String

    /// A cookie `__Host-` and `suffix`, which must be a token of RFC 9110; nil where it is none.
    package init?(_ suffix: String) {
        guard !suffix.isEmpty, suffix.utf8.allSatisfy(\.isTokenCharacter) else { return nil }
        name = "__Host-" + suffix
    }

    /// The cookie `__Host-` and `suffix`. Precondition: `suffix` is a token of RFC 9110.
    package init(known suffix: StaticString) {
        guard let cookie = HostCookie(suffix.description) else { preconditionFailure("\(suffix) is no token") }
        self = cookie
    }

    private static let attributes = "; Path=/; Secure; HttpOnly; SameSite=Lax"

    /// The value of `Set-Cookie` that stores `token`, for `maxAge` or until the browser ends.
    func setting(_ token: Token, maxAge: Duration?) -> String { setting(token.text, maxAge: maxAge) }

    /// The value of `Set-Cookie` that stores `value`, which is made of characters that a cookie may hold.
    package func setting(_ value: String, maxAge: Duration? = nil) -> String {
        let limit = maxAge.map { "; Max-Age=\(max($0.components.seconds, 0))" } ?? ""
        return name + "=" + value + Self.attributes + limit
    }

    /// The value of `Set-Cookie` that deletes the cookie; `Expires` is for browsers that do not know `Max-Age`.
    package var deletion: String { name + "=" + Self.attributes + "; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT" }
}
