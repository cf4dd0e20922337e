import UsherClient
import UsherConfiguration
import UsherGate
import UsherWebCore

/// A configuration, and one session whose cookies its sites have.
enum GateWorld {
    private static let text = """
        [gate]
        portal = "https://login.example"
        proxies = ["www-data"]
        [[site]]
        origin = "https://wiki.example"
        name = "Wiki <&>"
        rules = ["wiki", "staff", "others", "public", "fresh", "ways"]
        [[site]]
        origin = "https://[::1]:8443"
        rules = ["wiki", "public"]
        [[site]]
        origin = "https://login.example"
        rules = ["wiki"]
        [[rule]]
        name = "wiki"
        headers = ["Remote-User", "Remote-Groups", "Remote-Email", "Remote-Session", "Remote-Auth-Time", "Remote-Auth-Methods"]
        [[rule]]
        name = "staff"
        groups = ["staff"]
        [[rule]]
        name = "others"
        users = ["eve"]
        [[rule]]
        name = "public"
        anonymous = true
        [[rule]]
        name = "fresh"
        max_age = "15m"
        preflight = true
        headers = ["Remote-User"]
        [[rule]]
        name = "ways"
        methods = ["otp"]
        headers = ["Remote-Session"]
        """

    static let configuration: GateConfiguration = {
        var content = ConfigurationFiles("/none").read()
        (content.files, content.faults) = ([ConfigurationFile(name: "gate.toml", text: text)], [])
        let (configuration, faults) = GateConfiguration.read(content)
        guard let configuration else { preconditionFailure("\(faults)") }
        return configuration
    }()

    static let session: Session = {
        guard let handle = SessionHandle("h_AAAAAAAAAAAAAAAB") else { preconditionFailure("a handle") }
        return Session(
            handle: handle, user: "ann", created: UnixTime(seconds: 1_000_000),
            authenticated: UnixTime(seconds: 1_000_000), methods: ["pwd", "otp"])
    }()

    static let forwardedFields = ["x-forwarded-proto", "x-forwarded-host", "x-forwarded-uri", "x-forwarded-method"]
    private static let token = Token.fresh()
    private static let cookies: [Origin: GateCookie] = {
        let key = [UInt8](repeating: 7, count: 32)
        return Dictionary(
            uniqueKeysWithValues: configuration.origins.map { ($0, GateCookie(gate: key.span, origin: $0)) })
    }()
    /// Names and values of the session's cookies.
    static let sealed: [Origin: String] = cookies.mapValues { cookie in
        String(decoding: cookie.setting(token).utf8.prefix { $0 != UInt8(ascii: ";") }, as: UTF8.self)
    }
    private static let placeholders = configuration.sites.map { Array((sealed[$0.origin] ?? "").utf8) }

    /// The bytes that a byte of the input stands for.
    static func expanded(_ byte: UInt8) -> [UInt8] {
        1...3 ~= byte ? placeholders[Int(byte) - 1] : [byte]
    }

    /// What the gate decides, with a daemon that knows the one session and a host that has the user in the group
    /// `staff`.
    static func access(_ question: GateQuestion, _ request: FuzzedRequest) -> Access {
        if let access = Access.withoutSession(question.rule, question.kind) { return access }
        var proof = Access.Proof.none
        if case .token(let shown)? = cookies[question.site.origin]?.read(request.values("cookie")), shown == token {
            proof = .session(session)
        }
        let groups = configuration.groups(of: question.site).filter { $0 == "staff" }
        return Access.decide(question.rule, proof, .known(groups), now: UnixTime(seconds: 1_000_060))
    }
}
