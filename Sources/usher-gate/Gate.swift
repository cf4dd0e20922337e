import HTTPTypes
import Logging
import UsherClient
import UsherGate
import UsherWebCore
import UsherWebHummingbird

/// What answers the requests of proxies by one configuration: the decisions are `UsherGate`'s, the questions to the daemon and the
/// host are asked here.
final class Gate: Sendable {
    let configuration: GateConfiguration
    let memory: GateMemory
    let logger: Logger
    private let cookies: [Origin: GateCookie]
    private let groups: GroupDirectory

    init(_ configuration: GateConfiguration, key: Span<UInt8>, memory: GateMemory, logger: Logger) {
        self.configuration = configuration
        self.memory = memory
        self.logger = logger
        groups = GroupDirectory(groups: Set(configuration.rules.flatMap(\.groups)).sorted(), memory.hostQuestions)
        var cookies: [Origin: GateCookie] = [:]
        for origin in configuration.origins { cookies[origin] = GateCookie(gate: key, origin: origin) }
        self.cookies = cookies
    }

    var client: UsherClient { memory.client }

    /// The answer to one request of a proxy.
    func answer(_ request: GateRequest) async -> GateAnswer {
        let parts = request.path
        guard parts.count == 4, parts[0].isEmpty, let kind = ProxyKind(rawValue: parts[2]) else {
            return GateAnswer(404)
        }
        switch parts[1] {
        case "auth": return await authorise(request, kind, rule: parts[3], isRefused: false)
        case "refused": return await authorise(request, kind, rule: parts[3], isRefused: true)
        case "pages": return await page(request, kind, name: parts[3])
        default: return GateAnswer(404)
        }
    }

    // MARK: Whether a request may pass

    private func authorise(_ request: GateRequest, _ kind: ProxyKind, rule name: String, isRefused: Bool) async
        -> GateAnswer
    {
        let pages = Pages(configuration, request.language)
        let forwarded: ForwardedRequest
        do throws(ForwardedRequest.Refusal) {
            forwarded = try ForwardedRequest(
                kind, insecureLocalhost: configuration.insecureLocalhost, values: request.values)
        } catch {
            return misdirected("\(error)", pages.misdirected(error))
        }
        guard let site = configuration.site(forwarded.origin), let rule = configuration.rule(name, of: site) else {
            return misdirected("no such site, or a rule that is not the site's", pages.misdirected(nil))
        }
        let requestKind = RequestKind(method: forwarded.method, field: request.joined)
        let access = await access(request, rule, site, requestKind, touches: !isRefused)
        let answers = AccessAnswers(configuration, site, rule, pages)
        memory.health.count(access)
        switch access {
        case .anonymous, .granted: if !isRefused { return answers.verdict(access) }
        case .login, .confirmation, .forbidden, .unavailable:
            if !isRefused, kind == .nginx { return answers.verdict(access) }
        }
        return refusal(answers, access, request, forwarded, requestKind)
    }

    private func misdirected(_ why: String, _ answer: GateAnswer) -> GateAnswer {
        logger.notice("A proxy's request is refused: \(why).")
        return answer
    }

    private func access(
        _ request: GateRequest, _ rule: GateConfiguration.Rule, _ site: GateConfiguration.Site, _ kind: RequestKind,
        touches: Bool
    ) async -> Access {
        if let access = Access.withoutSession(rule, kind) { return access }
        var isUse = rule.touchesInBackground
        if case .navigation = kind { isUse = true }
        let proof = await proof(request, at: site.origin, touch: touches && isUse)
        var members = Access.Groups.known([])
        let names = rule.needsGroups ? configuration.groups(of: site) : []
        if case .session(let session) = proof, !names.isEmpty {
            members = await groups.memberships(of: session.user, among: names)
        }
        return Access.decide(rule, proof, members, now: .now)
    }

    /// What the cookie of the request proves at `origin`.
    private func proof(_ request: GateRequest, at origin: Origin, touch: Bool) async -> Access.Proof {
        guard let token = token(request, at: origin) else { return .none }
        do throws(UsherError) {
            return try await client.validate(token, touch: touch).map { .session($0) } ?? .none
        } catch {
            return .unavailable
        }
    }

    /// The token in the cookie of the request.
    func token(_ request: GateRequest, at origin: Origin) -> Token? {
        guard let cookie = cookies[origin], case .token(let token) = cookie.read(request.cookies) else { return nil }
        return token
    }

    /// The cookies of one of the configured origins.
    func cookie(of origin: Origin) -> GateCookie {
        guard let cookie = cookies[origin] else { preconditionFailure("the origin is configured") }
        return cookie
    }

    /// The answer for the browser. Where the portal is elsewhere, a hop cookie binds the hand-over to this browser.
    private func refusal(
        _ answers: AccessAnswers, _ access: Access, _ request: GateRequest, _ forwarded: ForwardedRequest,
        _ kind: RequestKind
    ) -> GateAnswer {
        guard forwarded.origin != configuration.portal else {
            return answers.refusal(access, forwarded, kind, hop: nil)
        }
        let known = GateCookie.hop(request.cookies)
        guard case .navigation = kind else {
            return answers.refusal(access, forwarded, kind, hop: known.map { HopDigest($0) })
        }
        let hop = known ?? .fresh()
        var answer = answers.refusal(access, forwarded, kind, hop: HopDigest(hop))
        if known == nil { answer.set(cookie: GateCookie.settingHop(hop)) }
        return answer
    }
}
