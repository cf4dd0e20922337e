#if Web
    public import Hummingbird
    internal import UsherClient
    internal import UsherWeb

    extension RouterMethods where Context: UsherRequestContext {
        /// Adds the tool's login, re-authentication and logout. On all routes that are added later
        /// ``WebSessionMiddleware`` looks the session up and checks requests that change something.
        @discardableResult
        public func add(_ tool: WebTool) -> Self {
            LoginRoutes<Context>(tool: tool).add(to: self)
            return add(middleware: WebSessionMiddleware(tool))
        }
    }

    extension WebTool {
        /// Lets a request in if its session's user proved who they are within `maxAge` and in each way of `methods`
        /// (`pwd`, `otp`). Without `maxAge` and `methods` any session is let in.
        ///
        /// A page that is loaded into a tab by GET or HEAD is otherwise redirected to the login, or to the
        /// re-authentication after `maxAge`; other requests get 401. A session that lacks one of `methods` gets 403.
        public func requireSession<Context: UsherRequestContext>(
            maxAge: Duration? = nil, methods: Set<String> = [], context: Context.Type = BasicUsherContext.self
        ) -> SessionRequirement<Context> {
            SessionRequirement(tool: self, maxAge: maxAge, methods: methods)
        }
    }

    /// Puts the session of a request into its context, and refuses requests that would change something and that no
    /// page of the tool has made. A tool that lets an error of the daemon through answers 503 where the daemon cannot
    /// tell now: the session may live, so that nobody loses a cookie.
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
            var response: Response
            do { response = try await next(request, context) } catch let error as UsherError where error.isForNow {
                response = .unavailable()
            }
            // The cookie of an ended session stays: another tab may have got a new one meanwhile.
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

    extension UsherError {
        /// Whether the daemon may answer the same call later.
        fileprivate var isForNow: Bool {
            let codes: [Code] = [
                .unavailable, .unreachable, .busy, .queueTimedOut, .answerTimedOut, .connectionLost,
            ]
            return codes.contains(code)
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
