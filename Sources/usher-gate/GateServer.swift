import CLinux
import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOExtras
import NIOPosix
import UsherGate
import UsherJournal
import UsherPOSIX

/// Serves sockets that listen already, which Hummingbird's own server cannot take over. The kernel says which user has
/// connected (SO_PEERCRED of unix(7)).
struct GateServer: Sendable {
    /// How long a connection may idle: longer than nginx keeps its own (`keepalive_timeout`, 60 s). Otherwise nginx
    /// would now and then send a request into a connection that ends.
    private static let idle = TimeAmount.seconds(75)
    /// Bytes of one field of a request.
    private static let field = 16 << 10

    let group: any EventLoopGroup
    let journal: GateJournal
    /// Connections at once, less than LimitNOFILE; further ones wait in the socket's queue. Without this bound no
    /// descriptor would be left for questions to usherd and the host, and NIO would call accept(2) without a pause.
    let capacity: Int
    /// Bytes of all fields of a request.
    let fields: Int
    /// Whether a connection of a process of this user is served. Without it the mode of the socket decides alone.
    var admits: (@Sendable (any Channel, UInt32) -> Bool)?
    /// The answer where it waits for nobody; nil where there is none such.
    var immediateAnswer: (@Sendable (HTTPRequest) -> GateAnswer?)?
    let answer: @Sendable (Request) async -> Response
    private let quiescing = ServerQuiescingHelper(group: MultiThreadedEventLoopGroup.singleton)

    /// Accepts no further connections, and ends each one after the request under way. The process closes its copy of
    /// the socket; later connections wait in systemd's copy for the next process. The future succeeds when the last
    /// connection is closed.
    func stop() -> EventLoopFuture<Void> {
        let promise = group.any().makePromise(of: Void.self)
        quiescing.initiateShutdown(promise: promise)
        return promise.futureResult
    }

    /// Serves `socket`, which listens, until it fails or is stopped.
    func run(_ socket: CInt) async throws {
        // Hummingbird's server logs nothing above debug.
        let logger = Logger(label: "usher-gate") { _ in SwiftLogNoOpLogHandler() }
        // Requests at once that have not arrived whole.
        let unfinished = UnfinishedRequests(capacity: max(capacity / 3, 1))
        let decoding = HTTP1Channel.Configuration.DecoderConfiguration(
            maxHeaderFieldSize: min(Self.field, fields), maxHeaderListSize: fields, maxHeaderFieldCount: 200)
        let channel = HTTP1Channel(
            responder: { request, writer, _ in
                let response = await answer(request)
                let isHead = request.method == .head
                let shown = isHead ? response.createHeadResponse() : response
                try await writer.write(response: shown.head, body: shown.body)
            },
            configuration: .init(
                additionalChannelHandlers: [LastRequest(), RequestDeadline(unfinished)], idleTimeout: Self.idle,
                httpDecoderConfiguration: decoding))
        let server = try await ServerBootstrap(group: group)
            .serverChannelInitializer { server in
                server.eventLoop.makeCompletedFuture {
                    let bound = AvailableConnectionsChannelHandler(maxConnections: capacity)
                    try server.pipeline.syncOperations.addHandlers(
                        bound, quiescing.makeServerChannelHandler(channel: server))
                }
            }
            .childChannelOption(ChannelOptions.allowRemoteHalfClosure, value: true)
            .bind(socket) { child in
                do {
                    try admit(child)
                    return channel.setup(channel: child, logger: logger).flatMapThrowing { stream in
                        try answerAtOnce(child)
                        return stream
                    }
                } catch {
                    // A failed initialization alone would leave it open.
                    child.close(promise: nil)
                    return child.eventLoop.makeFailedFuture(error)
                }
            }
        // NIO has called listen(2) with 128, whatever systemd or we had set.
        _ = try SystemError.check(listen(socket, SOMAXCONN), "listen")
        try await server.executeThenClose { connections in
            try await withThrowingDiscardingTaskGroup { tasks in
                for try await connection in connections {
                    tasks.addTask { await channel.handle(value: connection, logger: logger) }
                }
            }
        }
    }

    /// Adds ``ImmediateAnswers`` behind the handler that counts requests, which is to know of all.
    private func answerAtOnce(_ child: any Channel) throws {
        guard let immediateAnswer else { return }
        let pipeline = child.pipeline.syncOperations
        let counter = try pipeline.handler(type: HTTPConnectionStateHandler.self)
        try pipeline.addHandler(ImmediateAnswers(immediateAnswer), position: .after(counter))
    }

    /// Refuses the connection of a user that is not admitted.
    private func admit(_ child: any Channel) throws {
        guard let admits else { return }
        let peer = try child.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) {
            socket -> (uid: uid_t, pid: pid_t)? in
            var (uid, gid, pid) = (uid_t.max, gid_t.max, pid_t(0))
            return unsafe usher_peer_credentials(socket, &uid, &gid, &pid) == 0 ? (uid, pid) : nil
        }
        guard let peer, let peer else { throw Stranger() }
        guard admits(child, peer.uid) else {
            journal.record(
                .proxyRefused, .warning, ["peer_uid": "\(peer.uid)", "peer_pid": "\(peer.pid)"], by: .outsiders)
            throw Stranger()
        }
    }

    private struct Stranger: Error {}
}
