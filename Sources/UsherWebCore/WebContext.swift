internal import UsherWire

/// The context that a web tool gives to `login(user:password:service:context:)` and its kin (PROTOCOL.md, "Web tools").
/// The browser and the proxy choose the address and the browser's name in it, so it helps a person to recognise a
/// session and proves nothing.
public enum WebContext {
    /// Bytes of a browser's name that are kept.
    public static let userAgentLimit = 200

    /// The context of a login at `site` by a browser that calls itself `userAgent`.
    ///
    /// `remoteAddress` is the browser's address as a trusted proxy says it, or nil. A text that is no numeric address
    /// is left out, since the daemon refuses it: nginx says `unix:` for a connection to its own Unix socket.
    /// `userAgent` loses its control characters and all that exceeds ``userAgentLimit`` bytes. Escape it where it is
    /// shown.
    public static func context(site: Origin, remoteAddress: String?, userAgent: String?) -> [String: String] {
        var context = ["site": site.text]
        context["remote_ip"] = remoteAddress.flatMap { NumericAddress($0.utf8Span.span) == nil ? nil : $0 }
        context["user_agent"] = userAgent.map(cut)
        return context
    }

    /// The source by which waiting logins are counted, as the daemon counts: the browser's IPv4 address, or the /64 of
    /// its IPv6 address. A text that is no address stays as it is, and nil is empty.
    package static func source(of remoteAddress: String?) -> String {
        guard let remoteAddress else { return "" }
        return NumericAddress(remoteAddress.utf8Span.span)?.network.text ?? remoteAddress
    }

    /// The part of a browser's name that is kept.
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
