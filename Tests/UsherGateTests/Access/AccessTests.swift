import Testing
import UsherClient
import UsherWebCore

@testable import UsherGate

@Suite("Access")
struct AccessTests {
    private func rule(_ name: String) throws -> GateConfiguration.Rule {
        try #require(GateBench.configuration.rules.first { $0.name == name })
    }

    private func decide(
        _ name: String, _ proof: Access.Proof, _ groups: Access.Groups = .known([])
    ) throws -> String {
        switch Access.decide(try rule(name), proof, groups, now: GateBench.now) {
        case .anonymous: "anonymous"
        case .granted(let session, let groups): "granted \(session.user) \(groups)"
        case .login: "login"
        case .confirmation(_, let maxAge): "confirmation \(maxAge.components.seconds)"
        case .forbidden: "forbidden"
        case .unavailable: "unavailable"
        }
    }

    @Test("takes a session, and goes on for nobody while the daemon is away")
    func session() throws {
        #expect(try decide("wiki", .none) == "login")
        #expect(try decide("wiki", .unavailable) == "unavailable")
        #expect(try decide("wiki", .session(GateBench.session())) == "granted ann []")
    }

    @Test("takes one of the rule's groups or users, compared by bytes")
    func people() throws {
        let ann = Access.Proof.session(GateBench.session())
        #expect(try decide("admin", ann) == "forbidden")
        #expect(try decide("admin", ann, .known(["other"])) == "forbidden")
        #expect(try decide("admin", ann, .known(["staff"])) == #"granted ann ["staff"]"#)
        #expect(try decide("admin", ann, .unavailable) == "unavailable")
        #expect(try decide("admin", .session(GateBench.session("root2")), .known([])) == "granted root2 []")
        #expect(try decide("admin", .session(GateBench.session("ROOT2"))) == "forbidden")
    }

    @Test("waits for the host's groups where the tool hears of them, and for nothing else")
    func groupsAway() throws {
        var rule = GateConfiguration.Rule(name: "r")
        rule.users = ["ann"]
        let proof = Access.Proof.session(GateBench.session())
        guard case .unavailable = Access.decide(rule, proof, .unavailable, now: GateBench.now) else {
            Issue.record("the tool would hear of no groups")
            return
        }
        #expect(rule.needsGroups)
        rule.headers = [.user]
        #expect(!rule.needsGroups)
        guard case .granted = Access.decide(rule, proof, .unavailable, now: GateBench.now) else {
            Issue.record("the user is named")
            return
        }
    }

    @Test("is not for the wrong person however fresh the login, and demands its ways before its age")
    func order() throws {
        #expect(try decide("fresh", .session(GateBench.session(age: 901))) == "forbidden")
        #expect(
            try decide("fresh", .session(GateBench.session(age: 901, methods: ["pwd", "otp"]))) == "confirmation 900")
        #expect(
            try decide("fresh", .session(GateBench.session(age: 900, methods: ["pwd", "otp"]))) == "granted ann []")
        #expect(
            try decide("fresh", .session(GateBench.session(age: -2, methods: ["pwd", "otp"]))) == "confirmation 900",
            "an authentication in the future")
    }

    @Test("without a session is for anonymous rules, and for preflights where the rule lets them")
    func anonymous() throws {
        #expect(Access.withoutSession(try rule("public"), .background) != nil)
        #expect(Access.withoutSession(try rule("fresh"), .preflight) != nil)
        for kind in [RequestKind.navigation(top: true), .background, .webSocket, .eventStream] {
            #expect(Access.withoutSession(try rule("fresh"), kind) == nil)
        }
        #expect(Access.withoutSession(try rule("wiki"), .preflight) == nil)
    }
}

@Suite("Answers to proxies and browsers")
struct AccessAnswersTests {
    private let configuration = GateBench.configuration

    private func answers(_ name: String) throws -> AccessAnswers {
        let site = try #require(configuration.site(GateBench.origin("https://wiki.corp.example")))
        let rule = try #require(configuration.rule(name, of: site))
        return AccessAnswers(configuration, site, rule, Pages(configuration, .english))
    }

    private func request(_ method: String = "GET") throws -> ForwardedRequest {
        try ForwardedRequest(
            .nginx, insecureLocalhost: false,
            values: GateBench.fields([
                ("x-original-url", "https://wiki.corp.example/a?b=1&c=%2F"), ("x-original-method", method),
            ]))
    }

    private let login =
        "https://login.corp.example/.usher/login?to=https%3A%2F%2Fwiki.corp.example%2Fa%3Fb%3D1%26c%3D%252F"

    @Test("nginx hears 200, 401 and 403 alone, and 503 where nobody can decide")
    func verdicts() throws {
        let answers = try answers("admin")
        let session = GateBench.session()
        #expect(answers.verdict(.login).status == 401)
        #expect(answers.verdict(.confirmation(session, maxAge: .seconds(1))).status == 401)
        #expect(answers.verdict(.forbidden(session)).status == 403)
        #expect(answers.verdict(.unavailable).status == 503)
        for access in [Access.login, .forbidden(session), .unavailable] {
            let answer = answers.verdict(access)
            #expect(answer.one("cache-control") == "no-store")
            #expect(answer.all("set-cookie").isEmpty && answer.one("remote-user") == nil)
        }
    }

    @Test("says every identity of the rule, none empty for a session, all empty for nobody")
    func identity() throws {
        let answers = try answers("admin")
        let granted = answers.verdict(.granted(GateBench.session(), groups: ["staff", "o,d%d"]))
        #expect(granted.status == 200)
        #expect(granted.one("remote-user") == "ann")
        #expect(granted.one("remote-groups") == "staff,o%2Cd%25d")
        #expect(granted.one("remote-email") == "ann@corp.example")
        let alone = answers.verdict(.granted(GateBench.session(), groups: []))
        #expect(alone.one("remote-groups") == "-")
        let nobody = answers.verdict(.anonymous)
        for name in ["remote-user", "remote-groups", "remote-email"] { #expect(nobody.all(name) == [""]) }
    }

    @Test("a list of groups ends before 1 KiB, between two names")
    func manyGroups() {
        let names = (0..<500).map { "group\($0)" }
        let value = IdentityField.groups.value(of: GateBench.session(), groups: names, email: "")
        #expect(value.utf8.count <= 1024 && value.utf8.count > 1000)
        #expect(value.split(separator: ",").allSatisfy { names.contains(String($0)) })
    }

    @Test("redirects a page that is loaded by GET, answers others with 401 that they can use")
    func refusals() throws {
        let answers = try answers("wiki")
        let redirect = answers.refusal(.login, try request(), .navigation(top: true), hop: nil)
        #expect(redirect.status == 302 && redirect.one("location") == login)
        #expect(redirect.one("vary")?.contains("Cookie") == true)
        for (method, kind) in [
            ("POST", RequestKind.navigation(top: true)), ("GET", .navigation(top: false)),
        ] {
            let page = answers.refusal(.login, try request(method), kind, hop: nil)
            #expect(page.status == 401 && page.one("location") == nil)
            #expect(page.one("www-authenticate") == "Cookie realm=\"usher\"")
            #expect(page.body?.text.contains("target=\"_blank\" rel=\"noopener\"") == true)
        }
        for kind in [RequestKind.background, .webSocket, .eventStream, .preflight] {
            let answer = answers.refusal(.login, try request(), kind, hop: nil)
            #expect(
                answer.status == 401 && answer.body?.text == #"{"error":"login_required","login":"\#(login)"}"# + "\n")
        }
        let old = answers.refusal(
            .confirmation(GateBench.session(), maxAge: .seconds(900)), try request(), .background, hop: nil)
        #expect(old.body?.text.contains(#""error":"insufficient_user_authentication","max_age":900"#) == true)
    }

    @Test("who may not is told who they are, without a redirect that would lead in a circle")
    func forbidden() throws {
        let answers = try answers("admin")
        let session = GateBench.session("<b>\"'&")
        let page = answers.refusal(.forbidden(session), try request(), .navigation(top: true), hop: nil)
        #expect(page.status == 403 && page.one("location") == nil)
        #expect(page.body?.text.contains("You are &lt;b&gt;&#34;&#39;&amp;, and may not use this.") == true)
        let json = answers.refusal(.forbidden(session), try request(), .background, hop: nil)
        #expect(json.status == 403 && json.body?.type == "application/json")
    }

    @Test("what the proxy itself refuses is refused, without a redirect that would lead in a circle")
    func refusedByProxy() throws {
        let answers = try answers("wiki")
        for access in [Access.granted(GateBench.session(), groups: []), .anonymous] {
            let page = answers.refusal(access, try request(), .navigation(top: true), hop: nil)
            #expect(page.status == 403 && page.one("location") == nil)
            #expect(answers.refusal(access, try request(), .background, hop: nil).status == 403)
        }
    }

    @Test("the way to the portal names the hop of this browser")
    func hop() throws {
        let hop = try #require(Token(String(repeating: "A", count: 43)))
        let redirect = try answers("wiki").refusal(
            .login, try request(), .navigation(top: true), hop: HopDigest(hop))
        // SHA-256 of 32 zeros.
        #expect(redirect.one("location") == login + "&hop=Zmh6rfhivXdsj8GLjp-OIAiXFIVu4jOzkCpZHQ1fKSU")
    }
}
