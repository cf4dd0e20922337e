internal import UsherWebCore

/// What a browser without a session should get from the proxy in front of a page, as probes: `usher-gate doctor`.
///
/// The gate sees the questions of a proxy. Only a request from outside shows whether the proxy asks at all, and how it
/// acts on the answers. Pages behind a session are not examined, since they need a person's login.
package struct ProxyExamination: Sendable {
    private let configuration: GateConfiguration
    private let site: GateConfiguration.Site
    /// The address with the site's origin as browsers write it.
    private let address: String

    /// The examination of the page at `address`.
    package init(_ configuration: GateConfiguration, address: String) throws(AccessExplanation.Fault) {
        let (request, site) = try AccessExplanation.site(configuration, address: address)
        self.configuration = configuration
        self.site = site
        self.address = request.address(configuration.returnTo)
    }

    /// The probes, in the order in which their faults are to be mended.
    package var probes: [ProxyProbe] {
        [page, spoofed, pages, login] + (site.origin.text.utf8.starts(with: "https".utf8) ? [plain] : [])
            + site.rules.map(question)
    }

    private var isAtPortal: Bool { site.origin == configuration.portal }

    private static let navigation = [
        ("Accept", "text/html"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document"),
    ]

    // MARK: The page

    private var page: ProxyProbe {
        ProxyProbe(
            claim: "a browser without a session is sent to the login, and would come back to this page",
            address: address, fields: Self.navigation, fault: pageFault)
    }

    /// A client makes these fields up. They must change neither the address that the proxy asks about nor the answer.
    private var spoofed: ProxyProbe {
        let other = configuration.origins.first { $0 != site.origin } ?? configuration.portal
        let host = String(other.text.drop { $0 != "/" }.dropFirst(2))
        let fields = [
            ("Remote-User", "root"), ("X-Original-URL", other.text + "/"), ("X-Original-Method", "OPTIONS"),
            ("X-Forwarded-Host", host), ("X-Forwarded-Uri", "/"), ("X-Forwarded-Method", "OPTIONS"),
            ("Cookie", "__Host-usher=AAAA"),
        ]
        return ProxyProbe(
            claim: "fields that a client makes up change nothing of that", address: address,
            fields: Self.navigation + fields, fault: pageFault)
    }

    private var pageFault: @Sendable (ProxyAnswer) -> String? {
        { [self] answer in
            if let failure = answer.failure { return failure }
            switch answer.status {
            case 300..<400: return redirectFault(answer)
            case 200..<300:
                return
                    "the page is there without a login: unless its rule is anonymous, the printed lines of the rule are missing "
                    + "in its location"
            case 401: return "a browser gets a bare 401: error_page of the printed lines is missing"
            case 403:
                return
                    "refused: the proxy or the gate knows no such page; the journal of usher-gate says whether it is the gate, "
                    + "and why"
            case 404: return "the proxy has no such page"
            case 500...:
                return
                    "\(answer.status): the proxy cannot ask the gate; does it run, and may the proxy's user open its socket?"
            default: return "the proxy answers \(answer.status)"
            }
        }
    }

    private func redirectFault(_ answer: ProxyAnswer) -> String? {
        let login = configuration.portal.text + "/.usher/login?to="
        guard answer.location.utf8.starts(with: login.utf8) else {
            return
                "the browser is sent to \(String(reflecting: answer.location)) and not to the portal: the tool, or the proxy, "
                + "answered without the gate"
        }
        let rest = answer.location.utf8.dropFirst(login.utf8.count)
        let to = rest.prefix { $0 != UInt8(ascii: "&") }
        guard to.elementsEqual(address.queryEncoded.utf8) else {
            let shown = String(reflecting: String(decoding: to, as: UTF8.self))
            return "a login would lead back to \(shown), not to this page: the proxy tells the gate another address"
        }
        guard isAtPortal || rest.count > to.count && answer.cookie.utf8.starts(with: "__Host-usher-hop=".utf8)
        else {
            return
                "the cookie that the login needs got lost on the way: the proxy does not pass the gate's Set-Cookie on"
        }
        return nil
    }

    // MARK: The gate's own pages

    /// Asks for the logout page, which every origin serves itself. Without a session the answer deletes the gate's
    /// cookie; a tool's answer would not.
    private var pages: ProxyProbe {
        ProxyProbe(
            claim: "the gate's own pages are passed on", address: site.origin.text + "/.usher/logout",
            fields: Self.navigation
        ) { answer in
            if let failure = answer.failure { return failure }
            if answer.status == 200, answer.cookie.utf8.starts(with: "__Host-usher=;".utf8) { return nil }
            return "\(answer.status): the printed lines of the site, with /.usher/, are missing or not in effect"
        }
    }

    private var login: ProxyProbe {
        let portal = configuration.portal.text
        return ProxyProbe(
            claim: "the portal shows the login", address: portal + "/.usher/login", fields: Self.navigation
        ) { answer in
            if let failure = answer.failure { return failure }
            guard answer.status == 200 else {
                return "\(answer.status): the printed lines of the portal \(portal) are missing or not in effect"
            }
            guard answer.cookie.utf8.starts(with: "__Host-".utf8) else {
                return
                    "the page comes without its cookie: the proxy does not pass Set-Cookie on, and nobody could log in"
            }
            guard answer.securityPolicy.contains("frame-ancestors 'none'") else {
                return "the page comes without its Content-Security-Policy: the proxy drops or replaces it"
            }
            return nil
        }
    }

    // MARK: What must not be there

    private var plain: ProxyProbe {
        let host = site.origin.text.dropFirst("https://".count)
        let end = host.lastIndex(of: "]") ?? host.startIndex
        let name = host[end...].lastIndex(of: ":").map { host[..<$0] } ?? host
        return ProxyProbe(
            claim: "http leads to https, or to nothing", address: "http://\(name)/", fields: Self.navigation
        ) { answer in
            guard answer.failure == nil, 200..<300 ~= answer.status else { return nil }
            return
                "the proxy serves the site over http as well: no cookie of the gate is sent there, and names can be forged on the "
                + "way; redirect to https"
        }
    }

    private func question(_ rule: String) -> ProxyProbe {
        ProxyProbe(
            claim: "no browser reaches the proxy's question about the rule \(rule)",
            address: site.origin.text + "/usher-auth-\(rule)", fields: Self.navigation
        ) { answer in
            guard answer.failure == nil, [200, 401].contains(answer.status) else { return nil }
            return "the location is open: `internal` of the printed lines is missing"
        }
    }
}
