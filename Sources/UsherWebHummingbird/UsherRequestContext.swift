#if Web
    public import Hummingbird
    public import UsherClient

    /// The session of a request, and the token that proves it.
    public struct WebSession: Sendable {
        /// What the cookie holds.
        public let token: Token
        /// The session.
        public let session: Session
    }

    /// A context in which ``WebTool`` puts the session of a request.
    public protocol UsherRequestContext: RequestContext {
        /// The session; nil where the request shows none that is good.
        var webSession: WebSession? { get set }
    }

    /// A context with a session and nothing else.
    public struct BasicUsherContext: UsherRequestContext {
        /// What Hummingbird keeps.
        public var coreContext: CoreRequestContextStorage
        /// The session; nil where the request shows none that is good.
        public var webSession: WebSession?

        /// A context without a session.
        public init(source: ApplicationRequestContextSource) { coreContext = .init(source: source) }
    }
#endif
