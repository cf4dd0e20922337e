import Hummingbird
import UsherClient
import UsherWeb
import UsherWebHummingbird

/// A web tool: login with all prompts of PAM, a list of one's sessions where one can end them, logout.
///
/// Start a daemon with `usherd --dev --directory DIRECTORY`, then run this with the directory and a port, and open
/// `http://localhost:PORT/`. The user and the password stand in `DIRECTORY/login.json`.
@main
enum WebExample {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count > 2, let port = Int(arguments[2]),
            let origin = Origin("http://localhost:\(port)", insecureLocalhost: true)
        else { return print("usage: WebExample DIRECTORY PORT [SERVICE]") }
        var tool = WebTool(UsherClient(.development(directory: arguments[1])), origin: origin)
        tool.service = arguments.count > 3 ? arguments[3] : nil
        let address = BindAddress.hostname("127.0.0.1", port: port)
        let application = Application(router: router(tool), configuration: .init(address: address))
        try await application.runService()
    }

    static func router(_ tool: WebTool) -> Router<BasicUsherContext> {
        let router = Router(context: BasicUsherContext.self)
        router.add(tool)
        router.get("/") { _, context in
            let user = context.webSession?.session.user
            return tool.page(
                "Welcome",
                user.map { "<p>You are \($0). <a href=\"/sessions\">Your sessions</a></p>" }
                    ?? "<p><a href=\"/login\">Log in</a></p>")
        }
        let own = router.group("/sessions").add(middleware: tool.requireSession())
        own.get { _, context in try await sessions(tool, context) }
        own.post("/end") { request, context in try await end(request, tool, context) }
        router.group("/secret").add(middleware: tool.requireSession(maxAge: .seconds(2)))
            .get { _, _ in "You have just proved who you are.\n" }
        router.group("/otp").add(middleware: tool.requireSession(methods: ["otp"])).get { _, _ in "You have a device.\n"
        }
        return router
    }

    static func sessions(_ tool: WebTool, _ context: BasicUsherContext) async throws -> Response {
        guard let own = context.webSession else { throw HTTPError(.unauthorized) }
        var rows: [HTML] = []
        for try await session in tool.client.sessions(of: .token(own.token)) {
            let browser = String((session.context["user_agent"] ?? "an unknown browser").prefix(80))
            rows.append(
                """
                <li>\(browser), since \(session.created)\(session.handle == own.session.handle ? ", this one" : "")
                <form method="post" action="/sessions/end">\(tool.field(for: own))
                <button name="handle" value="\(session.handle)">End</button></form></li>
                """)
        }
        return tool.page("Your sessions", "<ul>\(rows)</ul><p><a href=\"\(tool.logoutPath)\">Log out</a></p>")
    }

    static func end(_ request: Request, _ tool: WebTool, _ context: BasicUsherContext) async throws -> Response {
        let body = try await request.body.collect(upTo: FormBody.usualLimit)
        let handle = try FormBody(body.readableBytesUInt8Span).text("handle").flatMap { SessionHandle($0) }
        guard let own = context.webSession, let handle else { throw HTTPError(.badRequest) }
        do { try await tool.client.revoke(handle, as: own.token) } catch {
            // An end that is pending has begun, and goes on by itself.
            guard error.pending != nil else { throw error }
        }
        return .redirect(to: "/sessions", type: .normal)
    }
}
