import CLinux

/// One connection of an attacker. Nothing on it waits.
final class HostileSocket {
    let descriptor: CInt
    /// Whether the daemon has sent anything.
    private(set) var isAnswered = false
    /// Whether the daemon has closed it.
    private(set) var isClosed = false
    private var sent = 0

    init(owning descriptor: CInt) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Sends the next part of `stream`, over and over.
    func pour(_ stream: [UInt8]) {
        let count = send(stream[sent...])
        if count > 0 { sent = (sent + count) % stream.count }
    }

    /// Sends what the socket takes. Returns the number of bytes.
    @discardableResult
    func send(_ bytes: some Collection<UInt8>, flags: CInt = 0) -> Int {
        let bytes = Array(bytes)
        let count = CLinux.send(descriptor, bytes, bytes.count, CInt(MSG_NOSIGNAL) | CInt(MSG_DONTWAIT) | flags)
        if count < 0, usher_errno() != EAGAIN { isClosed = true }
        return max(count, 0)
    }

    /// Takes one piece of what has come, and forgets it.
    func drain(_ space: inout [UInt8]) {
        let count = recv(descriptor, &space, space.count, CInt(MSG_DONTWAIT))
        if count > 0 { isAnswered = true }
        if count == 0 || count < 0 && usher_errno() != EAGAIN { isClosed = true }
    }
}

/// A number of connections, each of which is made anew when the daemon has closed it.
struct HostileSockets {
    private let attacker: Attacker
    private var sockets: [HostileSocket?]
    private var closed = 0
    private var space = [UInt8](repeating: 0, count: 64 << 10)

    init(_ attacker: Attacker, count: Int) {
        self.attacker = attacker
        sockets = (0..<count).map { attacker.connect($0) }
    }

    var tally: Tally {
        var tally = Tally()
        tally.open = sockets.count { $0?.isClosed == false }
        tally.answered = sockets.count { $0?.isAnswered == true }
        tally.closed = closed
        return tally
    }

    /// Calls `body` for each connection, after `fresh` if it is new. Takes what came on it where `reading`.
    mutating func forEach(
        reading: Bool = true, fresh: (HostileSocket) -> Void = { _ in }, _ body: (HostileSocket) -> Void
    ) {
        for index in sockets.indices {
            if sockets[index]?.isClosed != false {
                if sockets[index] != nil { closed += 1 }
                sockets[index] = attacker.connect(index)
                if let socket = sockets[index] { fresh(socket) }
            }
            guard let socket = sockets[index] else { continue }
            body(socket)
            if reading { socket.drain(&space) }
        }
    }

    /// Calls `body` for each connection that there is.
    func forEachThere(_ body: (HostileSocket) -> Void) {
        for case let socket? in sockets { body(socket) }
    }

    /// Closes one of them, and connects anew.
    mutating func replace(_ index: Int) { sockets[index % sockets.count] = attacker.connect(index) }
}
