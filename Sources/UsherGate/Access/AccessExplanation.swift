internal import UsherConfiguration
internal import UsherWebCore

/// What the rules of a site decide, in words: `usher-gate --explain`.
///
/// The path of an address decides nothing. The proxy's own configuration names the rule for it, so all rules of the
/// site are explained.
package struct AccessExplanation: Sendable {
    /// Why an address has no rules.
    package enum Fault: Error, Hashable, CustomStringConvertible {
        /// A proxy could not ask about it.
        case refused(ForwardedRequest.Refusal)
        /// No site has its origin.
        case foreign(origin: String, known: [String])
        /// The portal, which is no site.
        case portal(String)

        /// The fault in words.
        package var description: String {
            switch self {
            case .refused(.insecure): "the address is http: the gate sets and reads no cookie there"
            case .refused: "it is not an address, such as https://wiki.example/page"
            case .foreign(let origin, let known):
                "no [[site]] has the origin \(origin); the sites are \(known.isEmpty ? "none" : known.joined(separator: ", "))"
            case .portal(let origin): "\(origin) is the portal and no [[site]]: it has the gate's own pages alone"
            }
        }
    }

    private let site: GateConfiguration.Site
    private let rules: [GateConfiguration.Rule]
    /// The groups that the answer depends on.
    package let groups: [String]

    /// The explanation for the address of a page.
    package init(_ configuration: GateConfiguration, address: String) throws(Fault) {
        let (_, site) = try Self.site(configuration, address: address)
        self.site = site
        rules = site.rules.compactMap { configuration.rule($0, of: site) }
        groups = configuration.groups(of: site)
    }

    /// The request for the page at `address` as a proxy would ask about it, and its site.
    static func site(
        _ configuration: GateConfiguration, address: String
    ) throws(Fault) -> (ForwardedRequest, GateConfiguration.Site) {
        let fields = ["x-original-url": address, "x-original-method": "GET"]
        let request: ForwardedRequest
        do throws(ForwardedRequest.Refusal) {
            request = try ForwardedRequest(.nginx, insecureLocalhost: configuration.insecureLocalhost) { name in
                fields[name].map { [$0] } ?? []
            }
        } catch {
            throw .refused(error)
        }
        if let site = configuration.site(request.origin) { return (request, site) }
        if request.origin == configuration.portal { throw .portal(request.origin.text) }
        throw .foreign(origin: request.origin.text, known: configuration.sites.map(\.origin.text))
    }

    /// A line about the site, and one about each of its rules: its decision about `user`, who is in `groups`, or the
    /// users that it lets pass if `user` is nil.
    package func lines(of user: String?, in groups: Access.Groups) -> [String] {
        let names = rules.map(\.name).joined(separator: ", ")
        let choice =
            rules.count == 1
            ? "is decided by the rule \(names)" : "is decided by the rule that the proxy names: \(names)"
        return ["\(site.origin) (\(site.name)) \(choice)"]
            + rules.map { "\($0.name): \(Self.text($0, user, groups))" }
    }

    private static func text(_ rule: GateConfiguration.Rule, _ user: String?, _ groups: Access.Groups) -> String {
        if rule.isAnonymous { return "everybody passes without a login; the tool hears no name" }
        let first = user.map { decision(rule, $0, groups) } ?? demand(rule)
        return ([first] + conditions(rule) + [hearing(rule)]).joined(separator: "; ")
    }

    private static func demand(_ rule: GateConfiguration.Rule) -> String {
        guard rule.namesPeople else { return "every user passes" }
        return people(rule) + " pass"
    }

    private static func people(_ rule: GateConfiguration.Rule) -> String {
        let users = rule.users.isEmpty ? nil : "users \(rule.users.joined(separator: ", "))"
        let groups = rule.groups.isEmpty ? nil : "members of groups \(rule.groups.joined(separator: ", "))"
        return [users, groups].compactMap(\.self).joined(separator: " and ")
    }

    private static func decision(_ rule: GateConfiguration.Rule, _ user: String, _ groups: Access.Groups) -> String {
        switch Access.names(rule, user, groups) {
        case nil: "it is not known whether \(user) passes: the host did not say which groups the user is in"
        case false?: "\(user) does not pass: only \(people(rule)) do"
        case true?: "\(user) passes: \(reason(rule, user, groups))"
        }
    }

    private static func reason(_ rule: GateConfiguration.Rule, _ user: String, _ groups: Access.Groups) -> String {
        guard rule.namesPeople else { return "every user does" }
        if rule.users.contains(where: { $0.utf8.elementsEqual(user.utf8) }) { return "users names \(user)" }
        let shared = rule.groups.filter { group in groups.members.contains { $0.utf8.elementsEqual(group.utf8) } }
        return "a member of \(shared.joined(separator: ", "))"
    }

    private static func conditions(_ rule: GateConfiguration.Rule) -> [String] {
        var texts: [String] = []
        if !rule.methods.isEmpty { texts.append("the login must have used \(rule.methods.joined(separator: ", "))") }
        if let age = rule.maxAge { texts.append("a login older than \(DurationText.write(age)) is confirmed first") }
        if rule.passesPreflight { texts.append("preflights pass without an identity") }
        return texts
    }

    private static func hearing(_ rule: GateConfiguration.Rule) -> String {
        "the tool hears \(rule.headers.isEmpty ? "no name" : rule.headers.map(\.rawValue).joined(separator: ", "))"
    }
}
