/// The fields of a page with a form of ours: a login, a logout, a list of sessions.
///
/// The page loads nothing but style sheets and images of its own origin, and runs no script. No frame shows it, no
/// cache keeps it, and no other origin learns its address. `Referrer-Policy` is `same-origin`, since `no-referrer`
/// would make browsers post `Origin: null`. `Clear-Site-Data` is not sent: it empties the caches of the whole
/// registrable domain.
public struct PageHeaders: Sendable {
    /// Names in small letters, and values, in the order to send them.
    public let fields: [(name: String, value: String)]

    /// The fields of a page.
    ///
    /// - Parameters:
    ///   - formTargets: Other origins that the answer to a form of the page may redirect to. Chromium applies
    ///     `form-action` to the redirects that follow a form, so each must be named.
    ///   - imageSources: Other origins that the page may load images of.
    ///   - frameAncestors: Origins whose pages may have it in a frame, for a page without a form. Browsers that know
    ///     `frame-ancestors` ignore `X-Frame-Options`, which is always `DENY` (CSP3, section 6.4.2.2).
    ///   - transportSecurity: How long browsers are to use TLS alone (RFC 6797); nil sends no such field.
    public init(
        formTargets: [Origin] = [], imageSources: [Origin] = [], frameAncestors: [Origin] = [],
        transportSecurity: Duration? = nil
    ) {
        let targets = formTargets.map { " " + $0.text }.joined()
        let sources = imageSources.map { " " + $0.text }.joined()
        let ancestors = frameAncestors.isEmpty ? "'none'" : frameAncestors.map(\.text).joined(separator: " ")
        var fields = [
            (
                name: "content-security-policy",
                value: "default-src 'none'; style-src 'self'; img-src 'self'\(sources); form-action 'self'\(targets); "
                    + "frame-ancestors \(ancestors); base-uri 'none'"
            ),
            ("x-frame-options", "DENY"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            (
                "permissions-policy",
                "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), "
                    + "publickey-credentials-create=(), publickey-credentials-get=(), usb=()"
            ),
            ("cache-control", "no-store"),
        ]
        if let transportSecurity {
            fields.append(("strict-transport-security", "max-age=\(max(transportSecurity.components.seconds, 0))"))
        }
        self.fields = fields
    }
}
