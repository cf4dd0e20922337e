import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Tells the peer that no further request is read from its connection (RFC 9112, section 9.6).
///
/// The last request is the one under way when the server ends, or one that wants to change its protocol (RFC 9110,
/// section 7.8) or to open a tunnel. NIO's parser reads nothing behind a request for another protocol, so the proxy's
/// next request would have no answer; Caddy passes a client's `Upgrade` on.
final class LastRequest: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private var isLast = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(var head) = unwrapInboundIn(data), Self.wantsAnotherProtocol(head) else {
            return context.fireChannelRead(data)
        }
        isLast = true
        // Hummingbird ends the connection after a request that says so.
        head.headerFields[.connection] = "close"
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }

    /// Hummingbird ends the connection behind the answers that are under way, and at once where there are none.
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent { isLast = true }
        context.fireUserInboundEventTriggered(event)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard isLast, case .head(var head) = unwrapOutboundIn(data) else {
            return context.write(data, promise: promise)
        }
        head.headerFields[.connection] = "close"
        context.write(wrapOutboundOut(.head(head)), promise: promise)
    }

    private static func wantsAnotherProtocol(_ head: HTTPRequest) -> Bool {
        head.method == .connect || head.headerFields.contains(.upgrade)
    }
}
