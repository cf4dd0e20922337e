import HTTPTypes
import NIOCore
import NIOHTTPTypes
import UsherGate

/// Answers a request on the event loop, without starting a task, if the answer waits for nobody. All other requests go
/// on to Hummingbird. Nearly all requests of a proxy are about sessions that the client library remembers.
///
/// Invariant: answers leave in the order of their requests. While a request that went on has no answer, those behind it
/// go on too. Requests of a peer that takes no answers go on as well: Hummingbird waits with its answers, so none pile
/// up.
final class ImmediateAnswers: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let answer: @Sendable (HTTPRequest) -> GateAnswer?
    /// The answer to the request whose end is still to come.
    private var ready: GateAnswer?
    /// Requests that went on and have no answer yet.
    private var passed = 0

    /// Answers by `answer`, which gives nil where it would have to wait, or to write a body.
    init(_ answer: @escaping @Sendable (HTTPRequest) -> GateAnswer?) { self.answer = answer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            if passed == 0, context.channel.isWritable, Self.isPlain(head) { ready = answer(head) }
            guard ready == nil else { return }
            passed += 1
        case .body:
            guard ready == nil else { return }
        case .end:
            guard ready == nil else { return send(context) }
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) { passed -= 1 }
        context.write(data, promise: promise)
    }

    /// Whether a request has no body and its connection stays: Hummingbird knows what to do with all others.
    private static func isPlain(_ head: HTTPRequest) -> Bool {
        head.method == .get
            && !head.headerFields.contains { field in
                let name = field.name
                return name == .contentLength || name == .transferEncoding || name == .connection
            }
    }

    private func send(_ context: ChannelHandlerContext) {
        guard let answer = ready else { return }
        ready = nil
        var head = answer.head
        head.headerFields.append(HTTPField(name: .contentLength, value: "0"))
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
}
