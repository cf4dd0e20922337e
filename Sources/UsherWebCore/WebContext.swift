internal import UsherWire

/// The context of a web session: what `login(user:password:service:context:)` and its kin are given (PROTOCOL.md, "Web
/// tools"). All of it is said by the browser or the proxy, so it helps a person to recognise a session and proves nothing.
public enum WebContext {
    /// Bytes of a browser's name that are kept.
    public static let userAgentLimit = 200

    /// The context of a login at `site` by a browser that calls itself `userAgent`.
    ///
    /// `remoteAddress` is the browser's address as a trusted proxy says it, or nil. What is no numeric address is left out, as
    /// the daemon refuses it: nginx says `unix:` of a connection to its own Unix socket. Control characters of `userAgent` are
    /// left out, and it is cut before the character that would not fit. Escape it where it is shown.
    public static func context(site: Origin, remoteAddress: String?, userAgent: String?) -> [String: String] {
        var context = ["site": site.text]
        context["remote_ip"] = remoteAddress.flatMap { NumericAddress($0.utf8Span.span) == nil ? nil : $0 }
        context["user_agent"] = userAgent.map(cut)
        return context
    }

    /// The name by which the waiting logins of one source are counted: the browser's address, or of IPv6 its /64, as the daemon
    /// counts. A text that is no address stays as it is, and nil is empty.
    package static func source(of remoteAddress: String?) -> String {
        guard let remoteAddress else { return "" }
        return NumericAddress(remoteAddress.utf8Span.span)?.network.text ?? remoteAddress
    }

    /// What of a browser's name is kept.
    package static func cut(_ text: String) -> String {
        var kept = String.UnicodeScalarView()
        var size = 0
        for scalar in text.unicodeScalars where scalar.properties.generalCategory != .control {
            size += UTF8.width(scalar)
            guard size <= userAgentLimit else { break }
            kept.append(scalar)
        }
        return String(kept)
    }
}
