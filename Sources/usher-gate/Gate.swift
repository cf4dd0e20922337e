import HTTPTypes
import HummingbirdCore
import NIOCore
import UsherClient
import UsherGate
import UsherJournal
import UsherWebCore
import UsherWebHummingbird

/// Answers the requests of proxies by one configuration. `UsherGate` decides; this class asks the daemon and the host.
final class Gate: Sendable {
    let configuration: GateConfiguration
    let memory: GateMemory
    private let journal: GateJournal
    private let cookies: [Origin: GateCookie]
    private let handOverKeys: [Origin: HandOverKey]
    private let groups: GroupDirectory
    /// The bytes of the theme's files by their names: all answers share them.
    private let files: [String: ByteBuffer]

    init(_ configuration: GateConfiguration, key: Span<UInt8>, memory: GateMemory, journal: GateJournal) {
        self.configuration = configuration
        self.memory = memory
        self.journal = journal
        groups = GroupDirectory(groups: configuration.groups, memory.hostQuestions)
        var cookies: [Origin: GateCookie] = [:]
        var handOverKeys: [Origin: HandOverKey] = [:]
        for origin in configuration.origins {
            cookies[origin] = GateCookie(gate: key, origin: origin)
            handOverKeys[origin] = HandOverKey(gate: key, origin: origin)
        }
        (self.cookies, self.handOverKeys) = (cookies, handOverKeys)
        files = configuration.files.reduce(into: [:]) { $0[$1.name] = ByteBuffer(bytes: $1.bytes) }
    }

    var client: UsherClient { memory.client }

    /// The answer to one request of a proxy in HTTP.
    func response(to request: GateRequest) async -> Response {
        let answer = await answer(request)
        return Response(answer, file: answer.file.flatMap { files[$0.name] })
    }

    /// The answer to one request of a proxy.
    func answer(_ request: GateRequest) async -> GateAnswer {
        guard let path = request.path else { return GateAnswer(404) }
        switch path.purpose {
        case .auth: return await authorise(request, path.kind, rule: path.name, isRefused: false)
        case .refused: return await authorise(request, path.kind, rule: path.name, isRefused: true)
        case .pages: return await page(request, path.kind, name: path.name)
        }
    }

    /// The answer to a proxy's question if it waits for nobody and has no body: the session is remembered, or none is
    /// needed or shown. Otherwise nil, and ``answer(_:)`` finds the answer.
    func immediateAnswer(_ request: GateRequest) -> GateAnswer? {
        guard let path = request.path, path.purpose == .auth,
            let question = try? GateQuestion(path.kind, rule: path.name, configuration, values: request.values),
            let access = rememberedAccess(request, question)
        else { return nil }
        switch access {
        case .anonymous, .granted: break
        case .login, .confirmation, .forbidden, .unavailable: guard path.kind == .nginx else { return nil }
        }
        memory.health.count(access)
        return AccessAnswers.verdict(access, by: question.rule)
    }

    // MARK: Whether a request may pass

    private func authorise(_ request: GateRequest, _ kind: ProxyKind, rule name: String, isRefused: Bool) async
        -> GateAnswer
    {
        let pages = Pages(configuration, request.language)
        let question: GateQuestion
        do throws(GateQuestion.Misdirection) {
            question = try GateQuestion(kind, rule: name, configuration, values: request.values)
        } catch {
            return misdirected(pages, error.refusal, origin: error.origin, rule: error.rule)
        }
        let access = await access(request, question, touches: !isRefused)
        let answers = AccessAnswers(configuration, question.site, question.rule, pages)
        memory.health.count(access)
        switch access {
        case .anonymous, .granted: if !isRefused { return answers.verdict(access) }
        case .login, .confirmation, .forbidden, .unavailable:
            if !isRefused, kind == .nginx { return answers.verdict(access) }
        }
        return refusal(answers, access, request, question.forwarded, question.kind)
    }

    /// Refuses a request whose fields are not those of the printed lines, or name no site and rule.
    func misdirected(
        _ pages: Pages, _ refusal: ForwardedRequest.Refusal?, origin: Origin? = nil, rule: String? = nil
    ) -> GateAnswer {
        let why = refusal?.description ?? "the configuration has no such site, or the site no such rule"
        // Any browser can cause it, for instance over http.
        journal.record(
            .requestMisdirected, .notice, ["why": why, "origin": origin?.text, "rule": rule], by: .nobody)
        return pages.misdirected(refusal)
    }

    private func access(_ request: GateRequest, _ question: GateQuestion, touches: Bool) async -> Access {
        if let access = Access.withoutSession(question.rule, question.kind) { return access }
        let proof = await proof(request, at: question.site.origin, touch: touches && question.isUse)
        var members = Access.Groups.known([])
        let names = question.rule.needsGroups ? configuration.groups(of: question.site) : []
        if case .session(let session) = proof, !names.isEmpty {
            members = await groups.memberships(of: session.user, among: names)
        }
        return Access.decide(question.rule, proof, members, now: .now)
    }

    /// The decision about a question, as ``access(_:_:touches:)`` makes it, without waiting; nil if the daemon or the
    /// host must be asked.
    private func rememberedAccess(_ request: GateRequest, _ question: GateQuestion) -> Access? {
        if let access = Access.withoutSession(question.rule, question.kind) { return access }
        guard let token = token(request, at: question.site.origin) else {
            return Access.decide(question.rule, .none, .known([]), now: .now)
        }
        guard let session = client.remembered(token, touch: question.isUse) else { return nil }
        var members = Access.Groups.known([])
        let names = question.rule.needsGroups ? configuration.groups(of: question.site) : []
        if !names.isEmpty {
            guard let known = groups.rememberedMemberships(of: session.user, among: names) else { return nil }
            members = .known(known)
        }
        return Access.decide(question.rule, .session(session), members, now: .now)
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

    /// The key of hand-overs to one of the configured origins.
    func handOverKey(of origin: Origin) -> HandOverKey {
        guard let key = handOverKeys[origin] else { preconditionFailure("the origin is configured") }
        return key
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
