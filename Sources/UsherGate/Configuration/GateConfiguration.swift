package import UsherWebCore

/// The configuration of usher-gate: the portal, the sites that it protects, and the rules that let users pass.
package struct GateConfiguration: Sendable, Hashable {
    /// An origin that a proxy serves and that the gate answers for.
    package struct Site: Sendable, Hashable {
        /// Where browsers reach it.
        package var origin: Origin
        /// What pages call it.
        package var name: String
        /// Names of the rules that the proxy may ask for there.
        package var rules: [String]
    }

    /// Who may pass. The proxy's own configuration names the rule; nothing that a client sends chooses it.
    package struct Rule: Sendable, Hashable {
        /// The name, as it stands in the proxy's configuration.
        package var name: String
        /// Groups of the host. A member of any one may pass.
        package var groups: [String] = []
        /// Users by their canonical names. Each of them may pass. Where `groups` and `users` are empty, every user may.
        package var users: [String] = []
        /// The greatest age of the user's last proof of who they are; nil for any.
        package var maxAge: Duration?
        /// Ways in which the user must have proved it (RFC 8176).
        package var methods: [String] = []
        /// Whether requests of scripts count as use of the session; pages always do.
        package var touchesInBackground = false
        /// Whether requests without a session pass, without an identity.
        package var isAnonymous = false
        /// Whether preflights of browsers, which carry no cookie, pass without an identity.
        package var passesPreflight = false
        /// What the tool hears of the user.
        package var headers: [IdentityField] = [.user, .groups]
        /// The address in `Remote-Email`; `{user}` stands for the user's name.
        package var email = "{user}@localhost"

        /// A rule that lets every user pass.
        package init(name: String) { self.name = name }

        /// Whether the rule names groups or users.
        var namesPeople: Bool { !groups.isEmpty || !users.isEmpty }

        /// Whether the user's groups decide, or the tool hears of them.
        package var needsGroups: Bool { !groups.isEmpty || headers.contains(.groups) }
    }

    /// Where people type their passwords.
    package var portal: Origin
    /// The service of usherd.toml(5) to log in with; nil for the first that the daemon offers.
    package var service: String?
    /// Users that proxies run as. Requests of others are refused.
    package var proxies: [String] = []
    /// How long browsers are to use TLS alone (RFC 6797); nil sends no such field, for a proxy that sends its own.
    package var transportSecurity: Duration? = .seconds(31_536_000)
    /// What pages are headed with.
    package var title = "Login"
    /// The style sheet of pages.
    package var style: ThemeFile?
    /// The picture above each page's heading.
    package var logo: ThemeFile?
    /// The origins. The portal is one of them where it protects something itself.
    package var sites: [Site] = []
    /// The rules by name.
    package var rules: [Rule] = []
    /// How much the gate holds for all browsers together.
    package var limits = GateLimits()
    /// What pages show in place of PAM's texts.
    package var prompts = PromptTable()
    /// Whether `http://localhost` counts as an origin, for development.
    package var insecureLocalhost = false

    /// A configuration that protects nothing.
    package init(portal: Origin) { self.portal = portal }

    /// The site of that origin.
    package func site(_ origin: Origin) -> Site? { sites.first { $0.origin == origin } }

    /// The rule of that name, where the site has it.
    package func rule(_ name: String, of site: Site) -> Rule? {
        guard site.rules.contains(where: { $0.utf8.elementsEqual(name.utf8) }) else { return nil }
        return rules.first { $0.name.utf8.elementsEqual(name.utf8) }
    }

    /// All origins that pages may lead to: the sites' and the portal.
    package var origins: [Origin] { sites.map(\.origin).filter { $0 != portal } + [portal] }

    /// Decides where a login may lead: to these origins, but not to the gate's own pages.
    package var returnTo: ReturnTo { ReturnTo(own: nil, origins: origins) }

    /// The files that pages load.
    package var files: [ThemeFile] { [.usual, style, logo].compactMap(\.self) }

    /// The groups that rules of the site name, each once: a tool hears of no others.
    package func groups(of site: Site) -> [String] {
        Self.distinct(site.rules.compactMap { rule($0, of: site) })
    }

    /// The groups that rules name, each once.
    package var groups: [String] { Self.distinct(rules) }

    /// Names of the host are bytes: two that Unicode takes for the same text are two groups.
    private static func distinct(_ rules: [Rule]) -> [String] {
        var known: Set<[UInt8]> = []
        return rules.flatMap(\.groups).filter { known.insert(Array($0.utf8)).inserted }
    }
}
