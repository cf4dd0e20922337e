import CLinux
import UsherEngine
import UsherEventLoop
import UsherNames
import UsherPOSIX
import UsherTestKit
import UsherWire

@testable import UsherServer

/// Answers each frame with its own body, unless that is a word that it knows.
final class EchoHandler: FrameHandler {
    var turns = 0
    var connected: [ConnectionID] = []
    var closed: [ConnectionID] = []
    var handled = 0
    /// Frames that are handled together with the one that was handled last, itself included; none where it came alone.
    var together = 0
    /// The most of them at once.
    var mostTogether = 0
    /// Called for each frame, before it is answered.
    var onFrame: (ConnectionID, [UInt8]) -> Void = { _, _ in }
    var onClosed: () -> Void = {}
    /// Who has no role.
    var outsiders: Set<UInt32> = []
    /// Who waits for answers of later.
    var owed: Set<ConnectionID> = []
    /// Uids that are one user.
    var range: ClosedRange<UInt32>?
    /// What each frame costs beyond a usual one.
    var work = 0
    private var sensitive = false

    func receivedLast() {}
    func beginTurn() { turns += 1 }
    func endTurn() {}

    func owner(of credentials: PeerCredentials) -> ConnectionOwner {
        ConnectionOwner(
            user: user(of: credentials.uid),
            entry: outsiders.contains(credentials.uid) ? nil : .init(index: 0, isShared: true))
    }

    func user(of uid: UInt32) -> UInt32 { range?.contains(uid) == true ? range?.lowerBound ?? uid : uid }

    func connected(_ id: ConnectionID, _ credentials: PeerCredentials) { connected.append(id) }

    func received(
        _ body: Range<Int>, of bytes: Span<UInt8>, in batch: inout FrameBatch, from id: ConnectionID,
        answers: inout FrameBuffer
    ) -> FrameResult {
        handled += 1
        together = batch.frames
        mostTogether = max(mostTogether, together)
        let content = body.map { bytes[$0] }
        let text = String(decoding: content.prefix(64), as: UTF8.self)
        if text.hasPrefix("secret") { sensitive = true }
        onFrame(id, content)
        answers.beginFrame()
        if text.hasPrefix("large") {
            answers.raw(Array(repeating: UInt8(ascii: "."), count: 4000).span)
        }
        answers.raw(content.span)
        _ = answers.endFrame()
        if text.hasPrefix("board") { return FrameResult(.nextWithBoard, work: work) }
        return FrameResult(text == "close" ? .close : text.hasPrefix("pause") ? .pause : .next, work: work)
    }

    func refusedLength(from id: ConnectionID, answers: inout FrameBuffer) {
        answers.beginFrame()
        answers.raw(Array("refused".utf8).span)
        _ = answers.endFrame()
    }

    func owesAnswers(to id: ConnectionID) -> Bool { owed.contains(id) }

    func closed(_ id: ConnectionID) {
        closed.append(id)
        onClosed()
    }

    func takeSensitivity() -> Bool {
        defer { sensitive = false }
        return sensitive
    }
}

/// A server of connected sockets.
final class ServerBench {
    let handler = EchoHandler()
    let loop: EventLoop
    let server: SocketServer
    /// Whom it has given up, and for what.
    private(set) var cutOff: [String] = []
    /// What it hands out as the board.
    let board: FileDescriptor

    init(frameTimeout: Duration = .seconds(10), limits change: (inout Limits) -> Void = { _ in }) throws {
        var limits = Limits()
        change(&limits)
        limits.frameTimeout = frameTimeout
        loop = try EventLoop()
        board = try FileDescriptor(usher_memfd("board"), "memfd_create")
        server = try SocketServer(
            limits: limits, shares: PlaceShares(limits, entries: 1), loop: loop, handler: handler, board: board.number)
        server.cutOff = { [unowned self] in cutOff.append("\($1.uid) \($0)") }
    }

    deinit { server.closeAll() }

    /// Stops the server's clock, moves it on by `time`, and lets the server look at its deadlines.
    func advance(_ time: Duration) {
        let now = server.clock() + time.wholeNanoseconds
        server.clock = { now }
        server.expire(at: now)
        settle()
    }

    /// Lets an event wait for a connection; whether it may.
    func post(_ event: [UInt8], to id: ConnectionID) -> Bool { server.post(event.span, to: [id]).isEmpty }

    /// Whether there is a place for one more connection of `uid`; for an outsider one may be made.
    func admits(_ uid: UInt32) -> Bool { server.admit(credentials(uid)) != nil }

    private func credentials(_ uid: UInt32) -> PeerCredentials {
        PeerCredentials(uid: uid, gid: uid, pid: 1, groups: [])
    }

    /// A new connection; the kernel takes about `buffer` bytes of answers that are not read, or what it takes
    /// otherwise.
    func connect(uid: UInt32 = 1000, buffer: CInt? = nil) throws -> TestSocket {
        let (client, socket) = try TestSocket.pair()
        if var buffer { setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &buffer, 4) }
        let accepted = PeerSocket(accepted: socket, closer: loop.closer)
        guard let admission = server.admit(credentials(uid)) else { throw TestFailure("no place for uid \(uid)") }
        server.add(accepted, admission)
        return client
    }

    /// Lets the server work until nothing is ready.
    func settle() {
        var before = -1
        while before != handler.turns {
            before = handler.turns
            server.turn(of: server.peers)
            server.turn(of: server.outsiders)
        }
    }

    /// Sends everything, whatever number of turns that takes; what came back.
    func exchange(_ bytes: [UInt8], on client: TestSocket) -> [UInt8] {
        var (sent, received): (Int, [UInt8]) = (0, [])
        while sent < bytes.count {
            sent += client.send(bytes[sent...])
            settle()
            received += client.receive() ?? []
        }
        settle()
        return received + (client.receive() ?? [])
    }
}
