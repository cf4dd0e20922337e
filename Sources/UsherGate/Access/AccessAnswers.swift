internal import UsherClient
package import UsherWebCore

/// The answers to a proxy that asks whether a request may pass, and to the browser if the request may not.
package struct AccessAnswers: Sendable {
    private let configuration: GateConfiguration
    private let site: GateConfiguration.Site
    private let rule: GateConfiguration.Rule
    private let pages: Pages

    /// Answers by `rule` of `site`, in the language of `pages`.
    package init(
        _ configuration: GateConfiguration, _ site: GateConfiguration.Site, _ rule: GateConfiguration.Rule,
        _ pages: Pages
    ) {
        self.configuration = configuration
        self.site = site
        self.rule = rule
        self.pages = pages
    }

    /// The answer to the proxy: 200, 401, 403, or 503 while nobody can decide. nginx makes 500 of the 503
    /// (ngx_http_auth_request_module).
    package func verdict(_ access: Access) -> GateAnswer { Self.verdict(access, by: rule) }

    /// The same, by `rule`.
    package static func verdict(_ access: Access, by rule: GateConfiguration.Rule) -> GateAnswer {
        switch access {
        case .anonymous, .granted: passing(access, rule)
        case .login, .confirmation: GateAnswer(401)
        case .forbidden: GateAnswer(403)
        case .unavailable: .unavailable
        }
    }

    /// 200, with the identity in each field of the rule.
    private static func passing(_ access: Access, _ rule: GateConfiguration.Rule) -> GateAnswer {
        GateAnswer(200, identity(access, rule).map { ($0.answerName, $1) })
    }

    private static func identity(_ access: Access, _ rule: GateConfiguration.Rule) -> [(IdentityField, String)] {
        guard case .granted(let session, let groups) = access else { return rule.headers.map { ($0, "") } }
        return rule.headers.map { ($0, $0.value(of: session, groups: groups, email: rule.email)) }
    }

    /// The answer to the browser whose request may not pass. `hop` is the digest of its hop cookie; nil where it has
    /// none, or where the origin is the portal's.
    package func refusal(
        _ access: Access, _ request: ForwardedRequest, _ kind: RequestKind, hop: HopDigest?
    ) -> GateAnswer {
        let address = request.address(configuration.returnTo)
        switch access {
        case .anonymous: return forbidden(nil, kind)
        // The proxy itself has refused a request that the rule lets pass, as nginx does for a directory without an
        // index. A redirect to the login would lead in a circle.
        case .granted(let session, _), .forbidden(let session): return forbidden(session.user, kind)
        case .login:
            return demand(.login, at: page("login", to: address, hop), request, kind)
        case .confirmation(_, let maxAge):
            return demand(.confirmation(maxAge), at: page("confirm", to: address, hop), request, kind)
        case .unavailable:
            return .unavailable
        }
    }

    private func forbidden(_ user: String?, _ kind: RequestKind) -> GateAnswer {
        guard case .navigation = kind else { return varying(.json(403, #"{"error":"forbidden"}"#)) }
        return varying(pages.forbidden(user: user, site: site.name))
    }

    private enum Demand {
        case login
        case confirmation(Duration)
    }

    /// The address of one of the portal's pages.
    private func page(_ name: String, to address: String, _ hop: HopDigest?) -> String {
        let hop = hop.map { "&hop=" + $0.text } ?? ""
        return configuration.portal.text + "/.usher/\(name)?to=" + address.queryEncoded + hop
    }

    /// A redirect for a page that is loaded into a tab by GET or HEAD, a page with a link for other pages, JSON for
    /// scripts.
    private func demand(
        _ demand: Demand, at place: String, _ request: ForwardedRequest, _ kind: RequestKind
    ) -> GateAnswer {
        if kind.redirectsToLogin(method: request.method) { return varying(.redirect(302, to: place)) }
        var answer: GateAnswer
        if case .navigation = kind {
            var isLogin = true
            if case .confirmation = demand { isLogin = false }
            answer = pages.inNewTab(at: place, isLogin: isLogin)
        } else {
            answer = .json(401, Self.text(demand, place))
        }
        answer.fields.append(GateAnswer.challenge)
        return varying(answer)
    }

    /// `place` is an origin, a path and encoded bytes: nothing in it needs escaping.
    private static func text(_ demand: Demand, _ place: String) -> String {
        switch demand {
        case .login: #"{"error":"login_required","login":"\#(place)"}"#
        case .confirmation(let maxAge):
            #"{"error":"insufficient_user_authentication","max_age":\#(maxAge.components.seconds),"login":"\#(place)"}"#
        }
    }

    private func varying(_ answer: GateAnswer) -> GateAnswer {
        var answer = answer
        answer.fields.append(("vary", "Cookie, Sec-Fetch-Mode, Sec-Fetch-Dest, Accept"))
        return answer
    }
}
