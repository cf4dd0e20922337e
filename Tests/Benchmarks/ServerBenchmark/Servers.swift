import CLinux
import UsherSecrets
import UsherWire

/// `usherd --dev` with its directory; it lies beside this program.
struct UsherServer {
    let child: Child
    let directory: String
    var socket: String { directory + "/usher.sock" }

    /// With `stack`, logins go through that PAM stack instead of the development module, and many may be under way.
    /// `clients` are entries of usherd.toml(5).
    init(
        in directory: String, cpu: Int? = nil, environment: [String] = [], options: [String] = [], stack: String? = nil,
        clients: String? = nil
    ) throws {
        self.directory = directory
        var arguments = [beside("usherd"), "--dev", "--directory", directory] + options
        if let text = stack.map({ _ in Self.configuration }) ?? clients {
            unsafe mkdir(directory, 0o700)
            try write(text, to: directory + "/usherd.toml")
            arguments += ["--config", directory + "/usherd.toml"]
        }
        if let stack {
            unsafe mkdir(directory + "/pam.d", 0o700)
            try write(stack, to: directory + "/pam.d/stack")
        }
        child = try Child(arguments, environment: environment, cpu: cpu)
    }

    private static let configuration = """
        [limits]
        logins = 256
        logins_per_source = 128
        [[service]]
        name = "stack"
        allow_no_account = true
        """

    /// Makes `count` sessions, a twentieth as many users.
    func makeSessions(_ count: Int) throws -> Tokens {
        try Client(socket).makeSessions(count) { "user\($0 / 20)" }
    }
}

/// One connection to usherd that asks and waits.
final class Client {
    private let socket: CInt
    private var frames = FrameBuffer(capacity: 128 << 10)

    init(_ path: String) throws { socket = try connected(to: path) }

    deinit { close(socket) }

    /// Sends the frame that `write` writes and waits for its answer, which must be a result.
    func ask(_ write: (inout FrameBuffer) -> FrameBuffer.Ending) throws -> (bytes: [UInt8], result: Range<Int>) {
        try send(write)
        let bytes = try receive()
        guard case .result(_, let result)? = try? Response(bytes.span, body: 4..<bytes.count) else {
            throw Failure("refused: " + String(decoding: bytes.dropFirst(4), as: UTF8.self))
        }
        return (bytes, result)
    }

    /// Sends `count` frames in one go, then lends each answer as it comes; each must be a result.
    func ask(
        _ count: Int, _ write: (Int, inout FrameBuffer) -> FrameBuffer.Ending,
        _ answered: (Int, [UInt8], Range<Int>) throws -> Void
    ) throws {
        try send { frames in
            for number in 0..<count where write(number, &frames) != .written { return .noRoom }
            return .written
        }
        for number in 0..<count {
            let bytes = try receive()
            guard case .result(_, let result)? = try? Response(bytes.span, body: 4..<bytes.count) else {
                throw Failure("refused: " + String(decoding: bytes.dropFirst(4), as: UTF8.self))
            }
            try answered(number, bytes, result)
        }
    }

    private func send(_ write: (inout FrameBuffer) -> FrameBuffer.Ending) throws {
        guard write(&frames) == .written else { throw Failure("a request is too large") }
        let sent = frames.withBytes { bytes in
            unsafe bytes.withUnsafeBytes {
                unsafe CLinux.send(socket, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
            }
        }
        guard sent == frames.count else { throw Failure("usherd is gone") }
        frames.wipe()
    }

    private func receive() throws -> [UInt8] {
        let head = try receive(WireLimit.header)
        guard case .incomplete(let size?) = Frame.inspect(head.span) else { throw Failure("no frame") }
        return try head + receive(size - head.count)
    }

    private func receive(_ count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let got = unsafe bytes.withUnsafeMutableBytes {
            unsafe recv(socket, $0.baseAddress, count, CInt(MSG_WAITALL))
        }
        guard got == count else { throw Failure("usherd is gone") }
        return bytes
    }
}
