import CLinux
import Glibc
import Synchronization

/// A server on a thread of its own, which answers each request with the next pieces of a script.
///
/// A piece ends at 0xFF. Its first byte says what it is: bytes as they are, after which the connection ends; a frame
/// that is no answer; the error or the result of the request.
final class FuzzServer: Sendable {
    /// The one of this process.
    static let shared = FuzzServer()

    private struct State {
        var pieces: [ArraySlice<UInt8>] = []
        var isOver = true
    }

    /// Where it listens.
    let path = "/tmp/usher-fuzz-\(getpid()).sock"
    private let listener: CInt
    private let state = Mutex(State())

    private init() {
        listener = usher_unix_socket(CInt(SOCK_STREAM.rawValue), 0)
        unlink(path)
        guard usher_bind(listener, path) == 0, listen(listener, 64) == 0 else { preconditionFailure("no socket") }
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { context in
                if let context { Unmanaged<FuzzServer>.fromOpaque(context).takeUnretainedValue().serve() }
                return nil
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    /// What it says from now on.
    func script(_ bytes: [UInt8]) {
        let pieces = bytes.split(separator: 0xFF, maxSplits: 64)
        state.withLock { $0 = State(pieces: pieces.reversed(), isOver: false) }
    }

    /// Whether the script is over, and somebody was told so.
    var isOver: Bool { state.withLock { $0.isOver } }

    private func piece() -> ArraySlice<UInt8>? {
        state.withLock {
            $0.isOver = $0.pieces.isEmpty
            return $0.pieces.popLast()
        }
    }

    private func serve() {
        while true {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { continue }
            while let id = request(on: connection), answer(id, on: connection) {}
            close(connection)
        }
    }

    /// The id of the next request, as it is written; nil at the end of the connection.
    private func request(on connection: CInt) -> String? {
        var head = [UInt8](repeating: 0, count: 4)
        guard recv(connection, &head, 4, CInt(MSG_WAITALL)) == 4 else { return nil }
        var body = [UInt8](repeating: 0, count: head.reduce(0) { $0 << 8 | Int($1) })
        guard recv(connection, &body, body.count, CInt(MSG_WAITALL)) == body.count else { return nil }
        let text = String(decoding: body, as: UTF8.self)
        let rest = text.split(separator: "\"id\":", maxSplits: 1).last ?? ""
        return String(rest.prefix { $0.isNumber })
    }

    /// Whether the connection goes on.
    private func answer(_ id: String, on connection: CInt) -> Bool {
        while let piece = piece() {
            let (kind, text) = (piece.first ?? 0, Array(piece.dropFirst()))
            switch kind % 8 {
            case 0:
                send(text, on: connection)
                return false
            case 1: send(Self.frame(text), on: connection)
            case 2:
                send(
                    Self.frame(Array("{\"jsonrpc\":\"2.0\",\"id\":\(id),\"error\":".utf8) + text + [125]),
                    on: connection)
                return true
            default:
                send(
                    Self.frame(Array("{\"jsonrpc\":\"2.0\",\"id\":\(id),\"result\":".utf8) + text + [125]),
                    on: connection)
                return true
            }
        }
        return false
    }

    private func send(_ bytes: [UInt8], on connection: CInt) {
        _ = bytes.withUnsafeBytes { usher_send(connection, $0.baseAddress, $0.count, -1) }
    }

    private static func frame(_ body: [UInt8]) -> [UInt8] {
        withUnsafeBytes(of: UInt32(body.count).bigEndian) { Array($0) } + body
    }
}
