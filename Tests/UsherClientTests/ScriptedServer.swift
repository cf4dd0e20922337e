import CLinux
import UsherWire

@testable import UsherClient

/// A peer that does what a test says: it listens on a socket of its own and runs the script on a thread for each
/// connection.
final class ScriptedServer: Sendable {
    typealias Script = @Sendable (Connection) -> Void

    let directory: String
    var path: String { directory + "/usher.sock" }
    private let script: Script
    private let listener = Locked<Int32>(-1)
    private let count = Locked(0)
    /// Connections so far.
    var connections: Int { count.withLock { $0 } }

    /// A server that listens at once.
    init(listening: Bool = true, _ script: @escaping Script) {
        self.script = script
        directory = "/tmp/usher-test-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        mkdir(directory, 0o700)
        if listening { start() }
    }

    func start() {
        let descriptor = usher_unix_socket(Int32(SOCK_STREAM.rawValue), 0)
        precondition(usher_bind(descriptor, path) == 0 && listen(descriptor, 4096) == 0)
        listener.withLock { $0 = descriptor }
        let script = script
        Thread.start {
            while true {
                let accepted = usher_accept(descriptor)
                guard accepted >= 0 else { return _ = close(descriptor) }
                let number = self.count.withLock { count in
                    count += 1
                    return count
                }
                Thread.start { script(Connection(accepted, number)) }
            }
        }
    }

    /// Stops listening and takes the socket's file away; connections stay. Tests do so at their end, which also keeps
    /// the server alive until then.
    func stop() {
        let descriptor = listener.withLock { descriptor in
            defer { descriptor = -1 }
            return descriptor
        }
        guard descriptor >= 0 else { return _ = rmdir(directory) }
        shutdown(descriptor, Int32(SHUT_RDWR))  // ends accept(2); the number is closed by the thread that uses it
        unlink(path)
        rmdir(directory)
    }

    /// One client's connection, seen from the server; closed when the script ends.
    final class Connection: Sendable {
        let number: Int
        let descriptor: Int32
        private let input = Locked<[UInt8]>([])

        init(_ descriptor: Int32, _ number: Int) {
            self.descriptor = descriptor
            self.number = number
        }

        deinit { close(descriptor) }

        /// The next request; nil when the client has closed.
        func next() -> Received? {
            input.withLock { input in
                while true {
                    if case .whole(let body) = Frame.inspect(input.span) {
                        defer { input.removeSubrange(0..<body.upperBound) }
                        return Received(Array(input[body]))
                    }
                    var room = [UInt8](repeating: 0, count: 65536)
                    wait(for: POLLIN)
                    let got = recv(descriptor, &room, room.count, 0)
                    guard got > 0 else { return nil }
                    input += room[..<got]
                }
            }
        }

        func send(_ bytes: [UInt8]) {
            var sent = 0
            while sent < bytes.count {
                wait(for: POLLOUT)
                let count = usher_send(descriptor, Array(bytes[sent...]), bytes.count - sent, -1)
                guard count > 0 else { return }
                sent += count
            }
        }

        /// Sends a frame with that body, and a descriptor on its first byte.
        func send(_ body: String, descriptor passed: Int32) {
            let frame = Self.frame(body)
            let sent = usher_send(descriptor, frame, frame.count, passed)
            precondition(sent == frame.count || sent < 0, "a small frame goes out whole")
        }

        private func wait(for events: Int32) {
            var polled = pollfd(fd: descriptor, events: Int16(events), revents: 0)
            poll(&polled, 1, -1)
        }

        /// Sends a frame with that body.
        func send(_ body: String) { send(Self.frame(body)) }

        func answer(_ request: Received, _ result: String) { send(Self.answer(request.id, result)) }

        func refuse(_ request: Received, _ code: Int, data: String = "{}") {
            send(
                #"{"jsonrpc":"2.0","id":\#(request.id),"error":{"code":\#(code),"message":"no","data":\#(data)}}"#)
        }

        static func answer(_ id: Int64, _ result: String) -> String {
            #"{"jsonrpc":"2.0","id":\#(id),"result":\#(result)}"#
        }

        static func frame(_ body: String) -> [UInt8] {
            let count = UInt32(body.utf8.count)
            return (0..<4).map { UInt8(truncatingIfNeeded: count >> (24 - 8 * $0)) } + Array(body.utf8)
        }
    }

    /// A request as it arrived.
    struct Received: Sendable {
        let id: Int64
        let method: String
        let text: String

        /// How often the text occurs in it.
        func count(of part: String) -> Int {
            var (count, rest) = (0, text)
            while let end = rest.range(ofText: part) {
                count += 1
                rest = String(rest[end...])
            }
            return count
        }

        init(_ body: [UInt8]) {
            let request = Request(body.span, body: 0..<body.count)
            precondition(request.fault == nil, "the client sent something that is no request")
            id = request.storedID(in: body.span).integer ?? -1
            method = request.method.name.description
            text = String(decoding: body, as: UTF8.self)
        }

        /// The text member of that name, found by its spelling.
        func member(_ name: String) -> String? {
            guard let start = text.range(ofText: "\"\(name)\":\"") else { return nil }
            return String(text[start...].prefix { $0 != "\"" })
        }
    }
}

extension String {
    /// Where the text behind the first `part` starts.
    func range(ofText part: String) -> Index? {
        var at = startIndex
        while at < endIndex {
            if self[at...].hasPrefix(part) { return index(at, offsetBy: part.count) }
            at = index(after: at)
        }
        return nil
    }
}

/// A detached thread of pthread_create(3).
enum Thread {
    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    static func start(_ run: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        let context = Unmanaged.passRetained(Body(run)).toOpaque()
        let failed = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, context)
        precondition(failed == 0)
        pthread_detach(thread)
    }
}

/// Something written by one thread and read by another, with a wait for it.
final class Box<Value: Sendable>: Sendable {
    private let value: Locked<Value>
    init(_ value: Value) { self.value = Locked(value) }

    func change<R: Sendable>(_ body: (inout Value) -> R) -> R { value.withLock { body(&$0) } }
    var current: Value { change { $0 } }

    /// Polls until `condition` holds, for at most twenty seconds; whether it did. For threads: it blocks.
    func blocks(until condition: (Value) -> Bool) -> Bool {
        for _ in 0..<20_000 {
            if condition(current) { return true }
            usleep(1000)
        }
        return false
    }

    /// The same for tasks.
    func waits(until condition: (Value) -> Bool) async -> Bool {
        for _ in 0..<20_000 {
            if condition(current) { return true }
            try? await Task.sleep(for: .milliseconds(1))
        }
        return false
    }
}

extension ConnectionDriver {
    /// Polls until `condition` holds of its state, for at most twenty seconds; whether it did. It blocks.
    func blocks(until condition: (State) -> Bool) -> Bool {
        for _ in 0..<20_000 {
            if state.withLock({ condition($0) }) { return true }
            usleep(1000)
        }
        return false
    }
}

/// Texts of the protocol.
enum Sample {
    /// A session as the client reads it; nil where the text is none.
    static func parsed(_ text: String) -> Session? {
        let bytes = Array(#"{"sessions":[\#(text)]}"#.utf8)
        return (try? UsherWire.SessionPage(0..<bytes.count, in: bytes.span))?.sessions.first.map(Session.init)
    }

    static let token = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
    static let otherToken = "BBECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
    static let handle = "h_AAAAAQAAAAAAAABC"

    /// What `server.hello` answers; `services` are JSON strings.
    static func hello(server: String = "x/1", services: String = "") -> String {
        #"{"server":"\#(server)","protocol":1,"peer":{"uid":0,"gid":0,"pid":1},"roles":[],"#
            + #""services":[\#(services)],"limits":{}}"#
    }

    static func session(user: String = "dev", data: String = "{}") -> String {
        #"{"handle":"\#(handle)","realm":"default","service":"default","user":"\#(user)","uid":1000,"created":1,"#
            + #""authenticated":2,"last_seen":3,"idle_expires":4,"expires":5,"methods":["pwd"],"#
            + #""context":{"remote_ip":"192.0.2.7"},"data":\#(data),"version":1}"#
    }

    static var valid: String { #"{"valid":true,"session":\#(session())}"# }
    static var complete: String {
        #"{"state":"complete","token":"\#(token)","session":\#(session()),"failures_since":2,"last_login":null,"#
            + #""messages":\#(messages("Ends soon\\u001b"))}"#
    }
    static func messages(_ text: String) -> String { #"[{"style":"info","text":"\#(text)"}]"# }
    static func challenge(_ prompts: String) -> String {
        #"{"state":"challenge","transaction":"AAAAAAAAAAAAAAAAAAAAAA","purpose":"login","prompts":[\#(prompts)]}"#
    }
    static let code = #"{"style":"info","text":"Look at your token"},{"style":"secret","text":"Code: "}"#
}
