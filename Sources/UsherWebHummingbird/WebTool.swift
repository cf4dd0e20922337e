#if Web
    public import Hummingbird
    public import UsherClient
    public import UsherWeb

    /// A tool that people use with a browser: its origin, its cookie, and the pages at which one logs in and out.
    ///
    /// ```swift
    /// let tool = WebTool(UsherClient(), origin: origin)
    /// let router = Router(context: BasicUsherContext.self)
    /// router.add(tool)  // login, confirmation and logout, and for all routes below the session and its checks
    /// router.get("/") { _, context in context.webSession?.session.user ?? "nobody" }
    /// router.group("/admin").add(middleware: tool.requireSession(maxAge: .seconds(900)))
    /// ```
    ///
    /// A challenge of PAM waits between two pages; `waitingLogins` bounds how many.
    public struct WebTool: Sendable {
        /// The connection to the daemon.
        public let client: UsherClient
        /// Where browsers reach the tool, from its configuration: never from `Host`, which a client chooses.
        public let origin: Origin
        /// Other origins whose pages may post to the tool.
        public var trustedOrigins: [Origin] = []
        /// The cookie of the session.
        public var cookie = SessionCookie()
        /// The service to log in with; nil for the first that the daemon offers.
        public var service: String?
        /// Where one logs in.
        public var loginPath = "/login"
        /// The path of the re-authentication.
        public var confirmPath = "/confirm"
        /// Where one logs out.
        public var logoutPath = "/logout"
        /// Whether requests of scripts count as use of the session. They do not by default, so that a page which asks
        /// for news every minute keeps no session alive; a tool whose pages never load anew says true.
        public var touchesInBackground = false
        /// The browser's address as a trusted proxy says it; nil where there is none.
        public var remoteAddress: @Sendable (Request) -> String? = { _ in nil }
        /// The page around a title and its content.
        public var layout: @Sendable (_ title: String, _ content: HTML) -> HTML = { title, content in
            """
            <!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
            <title>\(title)</title><main><h1>\(title)</h1>\(content)</main></html>
            """
        }

        let logins: LoginSteps

        /// A tool at `origin`. `waitingLogins` is how many logins may wait for a person's answer at once: fewer than
        /// the daemon's logins in progress that a peer may have from addresses new to a name, 24 of 64, so that others
        /// still get their turn.
        public init(_ client: UsherClient, origin: Origin, waitingLogins: Int = 20) {
            self.client = client
            self.origin = origin
            logins = LoginSteps(client, capacity: waitingLogins)
        }

        var fetchOrigin: FetchOrigin { FetchOrigin(own: [origin], trusted: trustedOrigins) }

        var ownPaths: [String] { [loginPath, confirmPath, logoutPath] }

        /// Accepts the paths of the tool except those of login, re-authentication and logout, which would lead in a
        /// circle.
        var returnTo: ReturnTo { ReturnTo(own: origin, reserved: ownPaths + ["/.usher/"]) }

        /// The tool's start page.
        var start: String { origin.text + "/" }

        /// A page with the fields that forms need.
        public func page(_ title: String, status: HTTPResponse.Status = .ok, _ content: HTML) -> Response {
            var response = Response(html: layout(title, content), status: status)
            PageHeaders().set(in: &response.headers)
            return response
        }

        /// The field that a form must have to be accepted for the session.
        public func field(for session: WebSession, scope: String = "") -> HTML {
            "<input type=\"hidden\" name=\"\(CSRF.fieldName)\" value=\"\(CSRF.text(for: session.token, scope: scope))\">"
        }

        /// The session that a request's cookie proves.
        func session(of request: Request, touch: Bool) async throws(UsherError) -> WebSession? {
            guard case .token(let token) = cookie.read(request.headers),
                let session = try await client.validate(token, touch: touch)
            else { return nil }
            return WebSession(token: token, session: session)
        }
    }
#endif
