import CLinux
import CTestKit

/// A client over a Unix socket that does one thing after the other and never waits without a bound. It knows frames and
/// JSON, and nothing of the codec under test.
package final class TestClient {
    private let socket: CInt
    private var input: [UInt8] = []
    private var start = 0
    private var answers: [JSONValue] = []
    private var count: Int64 = 0
    /// Descriptors that came with what was received, oldest first; closed with this client.
    package private(set) var descriptors: [CInt] = []

    /// What must live as long as this client: the daemon that it talks to.
    private let server: AnyObject?

    /// Connects to the socket at `path`, and keeps `server` alive. With a uid it connects as that user (SO_PEERCRED),
    /// which takes root.
    package init(_ path: String, of server: AnyObject? = nil, as uid: UInt32? = nil) throws {
        self.server = server
        socket = usher_unix_socket(CInt(SOCK_STREAM.rawValue), 0)
        guard socket >= 0 else { throw TestFailure.last("socket") }
        if let uid { guard usher_act_as(uid) == 0 else { throw TestFailure.last("setresuid") } }
        let isConnected = usher_connect(socket, path) == 0
        let failure = TestFailure.last("connect \(path)")
        if uid != nil { guard usher_act_as(0) == 0 else { throw TestFailure.last("setresuid") } }
        guard isConnected else { throw failure }
        usher_set_nonblocking(socket)
    }

    deinit { for descriptor in descriptors + [socket] { close(descriptor) } }

    // MARK: Bytes

    /// `body` with its length in front.
    package static func frame(_ body: String) -> [UInt8] {
        let bytes = Array(body.utf8)
        return withUnsafeBytes(of: UInt32(bytes.count).bigEndian) { Array($0) } + bytes
    }

    /// Ends the client's half of the connection; answers can still come.
    package func finish() { shutdown(socket, CInt(SHUT_WR)) }

    /// Sends all of `bytes`, and takes in what comes meanwhile, so that neither side waits for the other.
    package func send(_ bytes: [UInt8], within duration: Duration = .seconds(20)) throws {
        let patience = Patience(duration)
        var sent = 0
        while sent < bytes.count {
            let happened = try wait(for: POLLIN | POLLOUT, patience)
            if happened & POLLIN != 0 { try takeIn() }
            sent += try write(bytes[sent...])
        }
    }

    /// Sends what the socket takes at once. Returns the number of bytes.
    package func sendSome(_ bytes: [UInt8]) throws -> Int { try write(bytes[...]) }

    /// Sends `bytes` with descriptors; false where the kernel refuses these. `urgent` is for MSG_OOB.
    package func pass(_ descriptors: [CInt], with bytes: [UInt8] = [0], urgent: Bool = false) -> Bool {
        UsherTestKit.pass(descriptors, with: bytes, on: socket, flags: urgent ? CInt(MSG_OOB) : 0)
    }

    private func write(_ bytes: ArraySlice<UInt8>) throws -> Int {
        let count = bytes.withUnsafeBytes { usher_send(socket, $0.baseAddress, $0.count, -1) }
        if count >= 0 { return count }
        guard usher_errno() == EAGAIN else { throw TestFailure.last("send") }
        return 0
    }

    private func wait(for events: Int32, _ patience: Patience) throws -> Int32 {
        var entry = pollfd(fd: socket, events: Int16(events), revents: 0)
        guard poll(&entry, 1, patience.milliseconds) > 0 else { throw TestFailure("no answer in time") }
        return Int32(entry.revents)
    }

    /// Reads what has come; false at the end of the stream.
    @discardableResult
    private func takeIn() throws -> Bool {
        var piece = [UInt8](repeating: 0, count: 65_536)
        var descriptor: CInt = -1
        let count = usher_receive(socket, &piece, piece.count, 1, &descriptor)
        if descriptor >= 0 { descriptors.append(descriptor) }
        if count > 0 { input += piece[..<count] }
        if count < 0 && usher_errno() == EAGAIN { return true }
        return count > 0
    }

    // MARK: Messages

    /// The next message, whatever it is; nil when the daemon has closed the connection.
    package func receive(within duration: Duration = .seconds(20)) throws -> JSONValue? {
        let patience = Patience(duration)
        while true {
            if let message = try nextMessage() { return message }
            _ = try wait(for: POLLIN, patience)
            if !(try takeIn()) { return try nextMessage() }
        }
    }

    private func nextMessage() throws -> JSONValue? {
        guard input.count - start >= 4 else { return nil }
        let length = input[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
        guard input.count - start >= 4 + length else { return nil }
        let body = Array(input[start + 4..<start + 4 + length])
        start += 4 + length
        if start > 1 << 20 || start == input.count {
            input.removeFirst(start)
            start = 0
        }
        guard let message = JSONValue(json: body) else { throw TestFailure("not JSON: \(body)") }
        return message
    }

    /// Sends a request and returns its id.
    package func start(_ method: String, _ params: JSONValue? = nil) throws -> Int64 {
        count += 1
        var request: [String: JSONValue] = ["jsonrpc": "2.0", "id": .integer(count), "method": .text(method)]
        request["params"] = params
        try send(Self.frame(JSONValue.object(request).json))
        return count
    }

    /// The answer to the request with that id; others that come first are kept.
    package func answer(to id: Int64, within duration: Duration = .seconds(20)) throws -> Answer {
        if let kept = answers.firstIndex(where: { $0["id"] == .integer(id) }) {
            return Answer(answers.remove(at: kept))
        }
        while let message = try receive(within: duration) {
            if message["id"] == .integer(id) { return Answer(message) }
            answers.append(message)
        }
        throw TestFailure("the daemon closed the connection")
    }

    /// Asks and waits for the answer.
    @discardableResult
    package func call(_ method: String, _ params: JSONValue? = nil, within duration: Duration = .seconds(20)) throws
        -> Answer
    {
        try answer(to: start(method, params), within: duration)
    }

    /// Whether the daemon has closed the connection by now.
    package var hasEnded: Bool {
        var byte: UInt8 = 0
        return recv(socket, &byte, 1, CInt(MSG_PEEK) | CInt(MSG_DONTWAIT)) == 0
    }

    /// Whether the daemon closes the connection within `duration`; messages that come first are passed over.
    package func isClosed(within duration: Duration = .seconds(20)) -> Bool {
        do {
            while try receive(within: duration) != nil {}
            return true
        } catch {
            return false
        }
    }
}

/// What a daemon answered.
package struct Answer: CustomStringConvertible {
    /// The whole message.
    package let message: JSONValue

    /// An answer that is this message.
    package init(_ message: JSONValue) { self.message = message }

    /// The result, when it is one.
    package var result: JSONValue? { message["result"] }
    /// The stable name of the refusal, when it is one.
    package var reason: String? { message["error"]?["data"]?["reason"]?.text }
    /// The number of the refusal, when it is one.
    package var code: Int64? { message["error"]?["code"]?.integer }
    /// After how many milliseconds to try again, when the refusal says so.
    package var retryAfter: Int64? { message["error"]?["data"]?["retry_after_ms"]?.integer }
    package var description: String { message.json }

    /// A member of the result.
    package subscript(_ name: String) -> JSONValue? { result?[name] }
}
