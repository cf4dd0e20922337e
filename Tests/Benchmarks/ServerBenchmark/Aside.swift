import CLinux
import UsherWire

/// Requests on a connection of their own, at given times, while a load runs.
final class Aside {
    private let socket: CInt
    private var waiting: [(at: Int64, frame: [UInt8])] = []
    private var sent: Int64?
    private var input: [UInt8] = []
    /// Nanoseconds from each request to its answer.
    private(set) var took: [Double] = []

    init(_ path: String) throws { socket = try connected(to: path) }

    deinit { close(socket) }

    /// Sends what `write` writes once that many nanoseconds have passed and the one before it is answered.
    func ask(at time: Int64, _ write: (inout FrameBuffer) -> FrameBuffer.Ending) {
        var frame = FrameBuffer(capacity: 4096)
        _ = write(&frame)
        waiting.append((time, frame.copy()))
    }

    /// Goes on, without waiting.
    func step(_ elapsed: Int64) throws {
        if let start = sent { return try receive(since: start) }
        guard let next = waiting.first, elapsed >= next.at else { return }
        waiting.removeFirst()
        sent = nanoseconds()
        let count = unsafe next.frame.withUnsafeBytes {
            unsafe send(socket, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
        }
        guard count == next.frame.count else { throw Failure("usherd is gone") }
    }

    private func receive(since start: Int64) throws {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = unsafe bytes.withUnsafeMutableBytes {
            unsafe recv(socket, $0.baseAddress, $0.count, CInt(MSG_DONTWAIT))
        }
        if count < 0 { return }
        input += bytes[..<count]
        guard count > 0, case .whole(let body) = Frame.inspect(input.span) else { return }
        guard case .result? = try? Response(input.span, body: body) else {
            throw Failure("refused: " + String(decoding: input[body], as: UTF8.self))
        }
        took.append(Double(nanoseconds() - start))
        (input, sent) = ([], nil)
    }
}
