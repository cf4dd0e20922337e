#if Web
    public import Hummingbird
    internal import UsherClient
    internal import UsherWeb

    extension RouterMethods where Context: UsherRequestContext {
        /// Adds the tool's login, confirmation and logout, and to all routes that are added later the session of each
        /// request and the check of those that change something.
        @discardableResult
        public func add(_ tool: WebTool) -> Self {
            LoginRoutes<Context>(tool: tool).add(to: self)
            return add(middleware: WebSessionMiddleware(tool))
        }
    }

    extension WebTool {
        /// Lets nobody in but those with a session, whose user proved who they are within `maxAge` and in each of these
        /// ways (`pwd`, `otp`), where these are given.
        ///
        /// Others are redirected, if a page is loaded by GET, to the login or to where one proves again who one is; else
        /// they get 401. A session that is not of these ways gets 403.
        public func requireSession<Context: UsherRequestContext>(
            maxAge: Duration? = nil, methods: Set<String> = [], context: Context.Type = BasicUsherContext.self
        ) -> SessionRequirement<Context> {
            SessionRequirement(tool: self, maxAge: maxAge, methods: methods)
        }
    }

    /// Puts the session of a request into its context, and refuses requests that would change something and that no page
    /// of the tool has made.
    public struct WebSessionMiddleware<Context: UsherRequestContext>: RouterMiddleware {
        private let tool: WebTool

        /// For this tool.
        public init(_ tool: WebTool) { self.tool = tool }

        /// Looks the session up and checks the request; then the others see it.
        public func handle(
            _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
        ) async throws -> Response {
            var (request, context) = (request, context)
            do {
                context.webSession = try await tool.session(of: request, touch: touches(request))
            } catch {
                return .unavailable()
            }
            guard try await tool.accepts(&request, context.webSession) else { return tool.refusedForm(request) }
            var response = try await next(request, context)
            // A token that is over is left where it is: another tab may have got a new one meanwhile.
            switch tool.cookie.read(request.headers) {
            case .several, .malformed: response.headers.append(tool.cookie.deletionField)
            case .none, .token: break
            }
            return response
        }

        private func touches(_ request: Request) -> Bool {
            if case .navigation = RequestKind(request.head) { return true }
            return tool.touchesInBackground
        }
    }

    /// Lets sessions through that meet its demands; ``WebTool/requireSession(maxAge:methods:context:)``.
    public struct SessionRequirement<Context: UsherRequestContext>: RouterMiddleware {
        let tool: WebTool
        let maxAge: Duration?
        let methods: Set<String>

        /// Lets the request through, or answers it.
        public func handle(
            _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
        ) async throws -> Response {
            guard let session = context.webSession?.session else { return tool.demand(.login, of: request) }
            guard methods.isSubset(of: session.methods) else { return tool.refusedMethods(methods, request) }
            if let maxAge, (try? session.require(maxAge: maxAge)) == nil {
                return tool.demand(.confirmation, of: request)
            }
            return try await next(request, context)
        }
    }
#endif
