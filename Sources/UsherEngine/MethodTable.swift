internal import UsherWire

// The protocol on one screen: a row for each method, as monitor.c of OpenSSH and the command table of Redis have it.
// The switch is exhaustive, so that a method without a row does not compile. Rejected: an array of rows, where a method
// could be forgotten; `Engine.touch` itself as the handler, which allocates a closure for each call.

/// What the engine knows about a method. Its name is ``Method/name``, which the client shares.
struct MethodRow {
    /// What the peer must have before the parameters are even read.
    let role: RequiredRole
    /// Whether its frames, or the answers to it, hold secrets and are wiped once handled: passwords and answers, and
    /// new tokens. (A token that a request shows is wiped with its connection.)
    let handlesSecrets: Bool
    /// What handles it, and when the answer comes.
    let handler: Handler

    /// A handler, by when the answer comes.
    enum Handler {
        /// It writes the answer.
        case answers(Call)
        /// It writes the answer, and the board's descriptor goes with that.
        case answersWithBoard(Call)
        /// It writes the answer, or takes up a ``PendingReply`` where a shared session is changed: on every host. The
        /// range is that of the frame's body.
        case answersOrWaits(
            (Engine, Request, Range<Int>, Span<UInt8>, Peer, inout FrameBuffer) throws(Refusal) -> Void)
        /// It takes up a ``PendingReply``; the answer comes through ``EngineHost/deliver(_:to:)``.
        case answersLater((Engine, Request, Span<UInt8>, Peer) throws(Refusal) -> Void)
    }

    /// A handler that writes the answer.
    typealias Call = (Engine, Request, Span<UInt8>, Peer, inout FrameBuffer) throws(Refusal) -> Void

    /// The row of a method.
    @inline(__always)
    init(of method: Method) {
        switch method {
        case .validate: self.init(.role(.validate), answer: Engine.validate)
        case .touch: self.init(.role(.validate), answer: Engine.touch)
        case .rotate: self.init(.role(.validate), handlesSecrets: true, answerOrWait: Engine.rotate)
        case .update: self.init(.role(.validate), answerOrWait: Engine.update)
        case .list: self.init(.ownerOrAdmin, answerOrWait: Engine.list)
        case .revoke: self.init(.ownerOrAdmin, answerOrWait: Engine.revoke)
        case .revokeAll: self.init(.ownerOrAdmin, answerOrWait: Engine.revokeAll)
        case .create: self.init(.role(.issue), handlesSecrets: true, answerOrWait: Engine.create)
        case .authStart: self.init(.role(.login), handlesSecrets: true, answerLater: Engine.startLogin)
        case .authRespond: self.init(.role(.login), handlesSecrets: true, answerLater: Engine.respond)
        case .authCancel: self.init(.role(.login), answer: Engine.cancel)
        case .claim: self.init(.role(.login), answerOrWait: Engine.claim)
        case .hello: self.init(.none, answer: Engine.hello)
        case .ping: self.init(.none, answer: Engine.ping)
        case .stats: self.init(.anyOf([.admin, .metrics]), answer: Engine.stats)
        case .subscribe: self.init(.role(.watch), answer: Engine.subscribe)
        case .attachBoard: self.init(.roleAndBoard(.validate), answerWithBoard: Engine.attachBoard)
        case .listLimits: self.init(.role(.admin), answer: Engine.listLimits)
        case .clearLimits: self.init(.role(.admin), answer: Engine.clearLimits)
        case .clusterStatus: self.init(.role(.admin), answer: Engine.clusterStatus)
        case .forgetMember: self.init(.role(.admin), answerOrWait: Engine.forgetMember)
        case .leaveCluster: self.init(.role(.admin), answerOrWait: Engine.leaveCluster)
        // The frame of an unknown method may contain anything, also a secret.
        case .unknown: self.init(.none, handlesSecrets: true, answer: Engine.refuseUnknownMethod)
        }
    }
}

extension MethodRow {
    /// A method of the engine that answers.
    typealias Answering = (Engine) -> (Request, Span<UInt8>, Peer, inout FrameBuffer) throws(Refusal) -> Void
    /// A method of the engine that answers, or waits for all hosts.
    typealias AnsweringOrWaiting =
        (Engine) -> (Request, Range<Int>, Span<UInt8>, Peer, inout FrameBuffer) throws(Refusal) -> Void
    /// A method of the engine that answers later.
    typealias AnsweringLater = (Engine) -> (Request, Span<UInt8>, Peer) throws(Refusal) -> Void

    @inline(__always)
    private init(_ role: RequiredRole, handlesSecrets: Bool = false, answer: @escaping Answering) {
        (self.role, self.handlesSecrets) = (role, handlesSecrets)
        handler = .answers { (engine, request, bytes, peer, answers) throws(Refusal) in
            try answer(engine)(request, bytes, peer, &answers)
        }
    }

    @inline(__always)
    private init(
        _ role: RequiredRole, handlesSecrets: Bool = false, answerOrWait answer: @escaping AnsweringOrWaiting
    ) {
        (self.role, self.handlesSecrets) = (role, handlesSecrets)
        handler = .answersOrWaits { (engine, request, body, bytes, peer, answers) throws(Refusal) in
            try answer(engine)(request, body, bytes, peer, &answers)
        }
    }

    @inline(__always)
    private init(_ role: RequiredRole, answerWithBoard answer: @escaping Answering) {
        (self.role, handlesSecrets) = (role, false)
        handler = .answersWithBoard { (engine, request, bytes, peer, answers) throws(Refusal) in
            try answer(engine)(request, bytes, peer, &answers)
        }
    }

    @inline(__always)
    private init(_ role: RequiredRole, handlesSecrets: Bool, answerLater answer: @escaping AnsweringLater) {
        (self.role, self.handlesSecrets) = (role, handlesSecrets)
        handler = .answersLater { (engine, request, bytes, peer) throws(Refusal) in
            try answer(engine)(request, bytes, peer)
        }
    }
}
