import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Ends a connection after a request that wants to change its protocol (RFC 9110, section 7.8) or to open a tunnel. NIO's parser
/// reads nothing behind such a request, so that the proxy's next one would have no answer; Caddy hands a client's `Upgrade` on.
final class UpgradeRefusal: ChannelDuplexHandler, RemovableChannelHandler {
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
