import CLinux
import UsherTestKit

/// A store that answers whatever it likes, for ever, to everybody who connects.
final class LyingStore {
    let path: String
    private let listener: CInt
    private let answer: [UInt8]
    private let more: [UInt8]
    private var connections: [(socket: CInt, begun: Bool)] = []

    /// It says `answer`, and then `more` again and again.
    init(_ directory: TestDirectory, _ answer: String, more: String) throws {
        path = directory.path("lying.sock")
        listener = usher_unix_socket(CInt(SOCK_STREAM.rawValue), 1)
        guard usher_bind(listener, path) == 0, listen(listener, 16) == 0 else { throw TestFailure.last("bind") }
        self.answer = Array(answer.utf8)
        self.more = (0..<(more.isEmpty ? 0 : 65_536 / more.utf8.count)).flatMap { _ in Array(more.utf8) }
    }

    deinit {
        for connection in connections { close(connection.socket) }
        close(listener)
    }

    /// Answers those who are there.
    func turn() {
        while case let socket = usher_accept(listener), socket >= 0 { connections.append((socket, false)) }
        for index in connections.indices {
            if !connections[index].begun {
                connections[index].begun = usher_send(connections[index].socket, answer, answer.count, -1) >= 0
            }
            if !more.isEmpty { _ = usher_send(connections[index].socket, more, more.count, -1) }
        }
    }
}
