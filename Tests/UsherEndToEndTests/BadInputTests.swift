import CLinux
import Testing
import UsherTestKit

/// Whatever a client sends, it is told so or shown the door, and nobody else notices.
@Suite("Bad input on the socket")
struct BadInputTests {
    private func expectUnmoved(_ report: Bystander.Report) {
        #expect(report.failure == nil)
        #expect(report.validations > 0)
        // Generous: tests share two cores with compilers. A loop that waits for a client takes far longer.
        #expect(report.slowest < .seconds(2), "\(report.slowest)")
    }

    private static let ping = #"{"jsonrpc":"2.0","id":1,"method":"server.ping"}"#

    /// Bytes, the code of the answer, and whether the connection is closed.
    static let broken: [(String, [UInt8], Int64, Bool)] = [
        ("length 0", [0, 0, 0, 0], -32700, true),
        ("length 2^32-1", [255, 255, 255, 255], -32700, true),
        ("length 65,537", [0, 1, 0, 1], -32700, true),
        ("invalid UTF-8", [0, 0, 0, 4, 0x22, 0xFF, 0xFE, 0x22], -32700, true),
        ("overlong UTF-8", [0, 0, 0, 4, 0x22, 0xC0, 0x80, 0x22], -32700, true),
        ("not JSON", TestClient.frame("hello"), -32700, true),
        ("zeros", TestClient.frame(String(repeating: "\0", count: 100)), -32700, true),
        ("an HTTP request", Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8), -32700, true),
        ("depth 60,000", TestClient.frame(String(repeating: "[", count: 60_000)), -32700, true),
        ("depth 17 in params", TestClient.frame(deep(17)), -32700, true),
        ("an array", TestClient.frame("[\(ping)]"), -32600, false),
        ("a number", TestClient.frame("1"), -32600, false),
        ("no method", TestClient.frame(#"{"jsonrpc":"2.0","id":1}"#), -32600, false),
        (
            "an id of the wrong type", TestClient.frame(#"{"jsonrpc":"2.0","id":{},"method":"server.ping"}"#), -32600,
            false
        ),
        ("an unknown method", TestClient.frame(#"{"jsonrpc":"2.0","id":1,"method":"session.forge"}"#), -32601, false),
        ("a token of the wrong type", request("session.validate", #"{"token":1}"#), -32602, false),
        ("a user of the wrong type", request("auth.start", #"{"user":["a"]}"#), -32602, false),
        ("params of the wrong type", request("session.validate", "[]"), -32602, false),
        ("a token twice", request("session.validate", #"{"token":"a","token":"a"}"#), -32602, false),
        ("a lone surrogate", request("auth.start", #"{"user":"\ud800"}"#), -32602, false),
        ("a NUL in a name", request("auth.start", #"{"user":"a\u0000b"}"#), -32602, false),
        ("a path as a name", request("auth.start", #"{"user":"../root"}"#), -32602, false),
    ]

    private static func request(_ method: String, _ params: String) -> [UInt8] {
        TestClient.frame(#"{"jsonrpc":"2.0","id":1,"method":"\#(method)","params":\#(params)}"#)
    }

    private static func deep(_ depth: Int) -> String {
        let inner = String(repeating: "[", count: depth - 2) + String(repeating: "]", count: depth - 2)
        return #"{"jsonrpc":"2.0","id":1,"method":"server.ping","params":{"a":\#(inner)}}"#
    }

    @Test("is answered with its code, and closes the connection where nothing behind it can be trusted")
    func refused() throws {
        let daemon = try DevDaemon()
        expectUnmoved(
            try Bystander.watching(daemon) {
                for (name, bytes, code, closes) in Self.broken {
                    let client = try daemon.client()
                    try client.send(bytes)
                    #expect(try client.receive().map(Answer.init)?.code == code, "\(name)")
                    if closes { #expect(client.isClosed(), "\(name)") }
                    if !closes { #expect(try client.call("server.ping").result == [:], "\(name)") }
                }
            })
    }

    @Test("arrives byte by byte and is understood")
    func trickle() throws {
        let daemon = try DevDaemon()
        let client = try daemon.client()
        for byte in TestClient.frame(Self.ping) + TestClient.frame(Self.ping) { try client.send([byte]) }
        for _ in 0..<2 { #expect(try client.receive()?["result"] == [:]) }
    }

    @Test("half a frame and then silence ends the connection in time", arguments: [1, 3, 4, 20])
    func half(_ length: Int) throws {
        let daemon = try DevDaemon(limits: "frame_timeout = \"300ms\"")
        let client = try daemon.client()
        #expect(try client.call("server.ping").result == [:])
        try client.send(Array(TestClient.frame(Self.ping).prefix(length)))
        let time = elapsed { #expect(client.isClosed()) }
        #expect(time >= .milliseconds(250))
        // Silence between frames is not half a frame: the bystander's connection lives.
        let silent = try daemon.client()
        #expect(try silent.call("server.ping").result == [:])
    }

    @Test("half a frame that goes on one byte at a time does not win more time")
    func slow() throws {
        let daemon = try DevDaemon(limits: "frame_timeout = \"400ms\"")
        let client = try daemon.client()
        let frame = TestClient.frame(String(repeating: " ", count: 60_000))
        try client.send(Array(frame[..<4]))
        var sent = 4
        try eventually("the connection ends", within: .seconds(10)) {
            // Writing to a connection that is being closed may fail before its end is seen.
            guard (try? client.send([frame[sent]])) != nil else { return true }
            sent += 1
            return client.hasEnded
        }
    }

    @Test("10,000 pipelined requests are all answered, each once")
    func pipelined() throws {
        let daemon = try DevDaemon()
        let token = try daemon.login(daemon.client())
        expectUnmoved(
            try Bystander.watching(daemon) {
                let client = try daemon.client()
                var open = Set(Int64(0)..<10_000)
                // Some answers are taken on the way: on a busy machine they would else wait for longer than they may.
                for start in stride(from: 0, to: 10_000, by: 1000) {
                    try client.send(
                        (start..<start + 1000).flatMap { id in
                            TestClient.frame(
                                #"{"jsonrpc":"2.0","id":\#(id),"method":"session.validate","params":{"token":"\#(token)"}}"#
                            )
                        })
                    for _ in 0..<500 {
                        guard let id = try client.receive()?["id"]?.integer, open.remove(id) != nil else {
                            Issue.record("\(open.count) are open")
                            return
                        }
                    }
                }
                while !open.isEmpty {
                    let answer = try client.receive()
                    guard let id = answer?["id"]?.integer, open.remove(id) != nil,
                        answer?["result"]?["valid"] == true
                    else {
                        Issue.record("\(open.count) are open: \(answer?.json ?? "closed")")
                        return
                    }
                }
            })
    }

    @Test("a client that never reads is not buffered without bound")
    func unread() throws {
        let daemon = try DevDaemon()
        let token = try daemon.login(daemon.client())
        let request = TestClient.frame(
            #"{"jsonrpc":"2.0","id":1,"method":"session.validate","params":{"token":"\#(token)"}}"#)
        let requests = Array(repeatElement(request, count: 20_000).joined())
        expectUnmoved(
            try Bystander.watching(daemon) {
                let clients = try (0..<8).map { _ in try daemon.client() }
                let before = ProcessTable.residentBytes(of: daemon.process.pid)
                for client in clients {
                    // Until the daemon has taken nothing for a while: it has stopped reading.
                    var idle = 0
                    var at = 0
                    while idle < 20, at < requests.count {
                        let sent = try client.sendSome(Array(requests[at...].prefix(65_536)))
                        at += sent
                        idle = sent == 0 ? idle + 1 : 0
                        if sent == 0 { poll(nil, 0, 5) }
                    }
                    #expect(at < requests.count)
                }
                let after = ProcessTable.residentBytes(of: daemon.process.pid)
                #expect(after - before < 16 << 20, "\((after - before) >> 10) KiB for 8 clients")
            })
    }

    @Test("hundreds of connections with half a frame", .enabled(if: Machine.mayOpen(700), "needs descriptors"))
    func manyHalves() throws {
        let daemon = try DevDaemon(limits: "frame_timeout = \"2s\"\nconnections_per_uid = 4000")
        expectUnmoved(
            try Bystander.watching(daemon) {
                let before = ProcessTable.residentBytes(of: daemon.process.pid)
                let clients = try (0..<600).map { _ in try daemon.client() }
                let half = TestClient.frame(String(repeating: " ", count: 65_000)).prefix(9)
                for client in clients { try client.send(Array(half)) }
                let after = ProcessTable.residentBytes(of: daemon.process.pid)
                #expect(after - before < 100 << 20, "\((after - before) >> 20) MiB")
                for client in clients { try #require(client.isClosed()) }
                let admin = try daemon.client()
                try eventually("they are gone") { (try admin.call("server.stats")["connections"]?.integer ?? 0) < 10 }
            })
    }

    @Test("without descriptors: who is there goes on, who comes is turned away, and it recovers")
    func descriptorsExhausted() throws {
        let daemon = try DevDaemon(wrapper: ["sh", "-c", "ulimit -n 40; exec \"$@\"", "sh"])
        let established = try daemon.client()
        let token = try daemon.login(established)
        let report = try Bystander.watching(daemon) {
            var callers = try (0..<60).map { _ in try daemon.client() }
            var turnedAway = 0
            for caller in callers {
                let id = try? caller.start("server.ping")
                let answer = try? caller.receive().map(Answer.init)
                if answer?.message["id"] == nil || answer?.message["id"] == .null {
                    turnedAway += 1
                    #expect(answer == nil || answer?.reason == "busy")
                    #expect(caller.isClosed())
                } else {
                    #expect(answer?.message["id"] == id.map { .integer($0) })
                }
            }
            #expect((20..<60).contains(turnedAway), "\(turnedAway)")
            #expect(try established.call("session.validate", ["token": .text(token)])["valid"] == true)
            #expect(try daemon.login(established).utf8.count == 43)
            callers.removeAll()
            try eventually("a new client is served") { (try? daemon.client().call("server.ping").result) == [:] }
        }
        expectUnmoved(report)
        #expect(daemon.process.isRunning)
    }

    @Test("one user cannot take every connection", .enabled(if: Machine.nobodyMayRun && Machine.hasProgram("python3")))
    func connectionsPerUser() throws {
        let daemon = try DevDaemon(limits: "connections_per_uid = 10", wrapper: Machine.asNobody, owner: Machine.nobody)
        // As that user: opens 15 connections, asks on each, closes one, opens one.
        let script = """
            import socket, struct, sys
            body = b'{"jsonrpc":"2.0","id":1,"method":"server.ping"}'
            def admitted(open):
                s = socket.socket(socket.AF_UNIX)
                s.settimeout(20)
                s.connect(sys.argv[1])
                open.append(s)
                try:
                    s.sendall(struct.pack(">I", len(body)) + body)
                    return b'"result"' in s.recv(4096)
                except OSError:
                    return False
            kept = []
            print(sum(admitted(kept) for _ in range(15)))
            for s in kept: s.close()
            kept = []
            print(any(admitted(kept) for _ in range(15)))
            """
        let directory = try TestDirectory()
        let root = Machine.isRoot ? try daemon.client() : nil
        let (_, text) = try TestProcess.run(
            Machine.asNobody + ["python3", "-c", script, daemon.socket], in: directory)
        #expect(text == "10\nTrue\n", "\(text)")
        #expect(try root?.call("server.ping").result ?? [:] == [:])
    }

    @Test("requests of all kinds, cut and mutated at random, do not bring it down")
    func mutated() throws {
        let daemon = try DevDaemon()
        let vectors = Vector.all.filter(\.isRequest).map(\.bytes).filter { $0.count < 4096 }
        expectUnmoved(
            try Bystander.watching(daemon) {
                for _ in 0..<40 {
                    let client = try daemon.client()
                    for _ in 0..<20 {
                        guard var bytes = vectors.randomElement(), !bytes.isEmpty else { continue }
                        bytes[Int.random(in: bytes.indices)] = UInt8.random(in: 0 ... .max)
                        guard (try? client.send(bytes)) != nil else { break }
                    }
                }
            })
        #expect(try daemon.accepts(daemon.login(daemon.client())))
    }
}
