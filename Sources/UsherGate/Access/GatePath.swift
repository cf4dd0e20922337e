/// What a proxy's request asks for: `/auth/KIND/RULE`, `/refused/KIND/RULE` or `/pages/KIND/NAME`. The query is left
/// out.
package struct GatePath: Sendable {
    /// What is asked for.
    package enum Purpose: String, Sendable {
        /// Whether a browser's request may pass.
        case auth
        /// What the browser gets for a request that may not.
        case refused
        /// One of the gate's own pages.
        case pages
    }

    /// What is asked for.
    package let purpose: Purpose
    /// Which proxy asks.
    package let kind: ProxyKind
    /// The rule, or the page.
    package let name: String

    /// Reads the target of a request; nil where nothing is there.
    package init?(target: String) {
        let path = target.utf8.prefix { $0 != UInt8(ascii: "?") }
        let parts = path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        guard parts.count == 4, parts[0].isEmpty, let purpose = Purpose(rawValue: parts[1]),
            let kind = ProxyKind(rawValue: parts[2])
        else { return nil }
        (self.purpose, self.kind, name) = (purpose, kind, parts[3])
    }
}
