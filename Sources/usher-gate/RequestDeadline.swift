import NIOCore
import NIOHTTPTypes

/// Closes a connection whose request does not end. Otherwise any browser behind a proxy that passes a body on as it
/// comes (Caddy) could keep a connection busy by one byte a minute.
final class RequestDeadline: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart

    /// From the head of a request to the end of its body. A form has 8 KiB by default, 64 KiB at most.
    private static let time = TimeAmount.seconds(20)

    private let unfinished: UnfinishedRequests
    private var timer: Scheduled<Void>?
    private var isOpen = false

    /// A deadline for one connection, which is in `unfinished` meanwhile.
    init(_ unfinished: UnfinishedRequests) { self.unfinished = unfinished }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head: isOpen = true
        case .end: stop(context)
        case .body: break
        }
        context.fireChannelRead(data)
    }

    /// Nearly all requests have arrived whole by now, and take no timer.
    func channelReadComplete(context: ChannelHandlerContext) {
        if isOpen, timer == nil { start(context) }
        context.fireChannelReadComplete()
    }

    func channelInactive(context: ChannelHandlerContext) {
        stop(context)
        context.fireChannelInactive()
    }

    private func start(_ context: ChannelHandlerContext) {
        let channel = context.channel
        timer = context.eventLoop.scheduleTask(in: Self.time) { channel.close(promise: nil) }
        unfinished.insert(channel)
    }

    private func stop(_ context: ChannelHandlerContext) {
        isOpen = false
        guard let timer else { return }
        timer.cancel()
        self.timer = nil
        unfinished.remove(context.channel)
    }
}
