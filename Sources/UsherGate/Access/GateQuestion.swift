package import UsherWebCore

/// What a proxy asks about a browser's request: the request, by the fields of the proxy's kind, and the rule that
/// decides.
package struct GateQuestion: Sendable {
    /// Why a proxy's request is no question.
    package struct Misdirection: Error, Sendable {
        /// Why the browser's request is not understood; nil where it is.
        package var refusal: ForwardedRequest.Refusal?
        /// The origin that is no site, or has no such rule.
        package var origin: Origin?
        /// The rule that the proxy names there.
        package var rule: String?
    }

    /// The browser's request.
    package let forwarded: ForwardedRequest
    /// Its site.
    package let site: GateConfiguration.Site
    /// The rule that the proxy names, which is one of the site's.
    package let rule: GateConfiguration.Rule
    /// Who waits for the answer.
    package let kind: RequestKind

    /// Reads the question of a proxy of `kind` about the rule `name`; `values` gives all values of a field, whose name
    /// is in small letters.
    package init(
        _ kind: ProxyKind, rule name: String, _ configuration: GateConfiguration, values: (String) -> [String]
    ) throws(Misdirection) {
        do throws(ForwardedRequest.Refusal) {
            forwarded = try ForwardedRequest(
                kind, insecureLocalhost: configuration.insecureLocalhost, values: values)
        } catch {
            throw Misdirection(refusal: error)
        }
        guard let site = configuration.site(forwarded.origin), let rule = configuration.rule(name, of: site) else {
            throw Misdirection(origin: forwarded.origin, rule: name)
        }
        (self.site, self.rule) = (site, rule)
        self.kind = RequestKind(method: forwarded.method) { $0.joined(in: values) }
    }

    /// Whether the request keeps its session from idling out: a page does, a script where the rule says so.
    package var isUse: Bool {
        if case .navigation = kind { return true }
        return rule.touchesInBackground
    }
}

extension RequestField {
    /// The values of the field, joined (RFC 9110, section 5.3); nil where it is not there.
    package func joined(in values: (String) -> [String]) -> String? {
        let found = values(rawValue)
        return found.count > 1 ? found.joined(separator: ", ") : found.first
    }
}
