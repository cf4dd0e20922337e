import Testing
import UsherEngine
import UsherTestKit

@Suite("Engine: envelopes")
struct EngineEnvelopeTests {
    @Test("a notification has no effect and no answer")
    func notifications() throws {
        let bench = try EngineBench()
        let client = bench.connect()
        let (token, session) = try client.create("ann")
        let handle = try #require(session["handle"]?.text)
        for (method, params) in [
            ("session.revoke", #"{"token":"\#(token)"}"#), ("session.revoke", #"{"handle":"\#(handle)"}"#),
            ("session.revoke_all", #"{"user":"ann"}"#), ("session.rotate", #"{"token":"\#(token)"}"#),
            ("session.create", #"{"user":"bob","methods":[]}"#), ("auth.start", #"{"user":"ann"}"#),
            ("no.such", "{}"), ("session.update", #"{"token":"\#(token)","data":{"a":"b"}}"#),
        ] {
            #expect(client.send(raw: #"{"jsonrpc":"2.0","method":"\#(method)","params":\#(params)}"#) == .next)
        }
        #expect(client.takeInbox().isEmpty)
        #expect(bench.host.messages.isEmpty)
        let stats = client.ask("server.stats").result
        #expect(stats?["sessions"] == 1 && stats?["sessions_rotated"] == 0 && stats?["sessions_updated"] == 0)
        #expect(client.isValid(token))
    }

    @Test("an unknown method is told from a forbidden one")
    func unknownMethod() throws {
        #expect(try EngineBench().connect(Uid.nothing).ask("session.destroy").reason == "method_not_found")
    }

    @Test("bytes that are no JSON are answered with null and close the connection")
    func malformed() throws {
        let bench = try EngineBench()
        let client = bench.connect()
        #expect(client.send(raw: "{\"jsonrpc\":") == .close)
        let answer = client.takeInbox()
        #expect(answer.count == 1 && answer[0]["id"] == .null && answer[0]["error"]?["code"] == -32700)
        bench.receiveInvalidLength(from: client.id)
        #expect(client.takeInbox().first?["error"]?["code"] == -32700)
    }

    @Test("an id is used once at a time, also as a text")
    func idsInFlight() throws {
        let bench = try EngineBench()
        let client = bench.connect()
        for id in ["7", #""seven""#] {
            let ping = #"{"jsonrpc":"2.0","id":\#(id),"method":"server.ping"}"#
            client.send(raw: #"{"jsonrpc":"2.0","id":\#(id),"method":"auth.start","params":{"user":"ann"}}"#)
            #expect(client.takeInbox().isEmpty)
            client.send(raw: ping)
            let refused = client.takeInbox()
            #expect(refused.count == 1 && refused[0]["error"]?["code"] == -32600)
            bench.succeed(bench.lastTransaction, "ann")
            #expect(client.takeInbox().first?.result?["state"] == "complete")
            client.send(raw: ping)
            #expect(client.takeInbox().first?.result == .object([:]))
        }
    }

    @Test("an id in flight is that of its connection alone, and a number is not its text")
    func idsElsewhere() throws {
        let bench = try EngineBench()
        let client = bench.connect()
        let login = client.startLogin("ann")
        client.send(raw: #"{"jsonrpc":"2.0","id":"\#(login)","method":"server.ping"}"#)
        #expect(client.takeInbox().first?.result == .object([:]))
        #expect(bench.connect().ask("server.ping").result == .object([:]))
    }

    @Test("a frame with a secret in it, or that cannot be read, is to be wiped; a validation's is not")
    func sensitivity() throws {
        let bench = try EngineBench()
        let client = bench.connect()
        let (token, _) = try client.create("ann")
        #expect(bench.engine.takeSensitivity())
        #expect(!bench.engine.takeSensitivity())
        _ = client.isValid(token)
        #expect(!bench.engine.takeSensitivity())
        for body in [
            #"{"jsonrpc":"2.0","id":1,"method":"auth.start","params":{"user":"ann","password":"x"}}"#,
            #"{"jsonrpc":"2.0","method":"auth.start","params":{"user":"ann","password":"x"}}"#,
            #"{"jsonrpc":"2.0","id":[],"method":"auth.start","params":{"user":"ann","password":"x"}}"#,
            #"{"jsonrpc":"2.0","id":1,"method":"auth.begin","params":{"user":"ann","password":"x"}}"#,
            #"{"jsonrpc":"2.0","id":1,"method":"auth.start","params":{"user":"ann","password":"x"}"#,
        ] {
            client.send(raw: body)
            #expect(bench.engine.takeSensitivity(), "\(body)")
        }
        bench.receiveInvalidLength(from: client.id)
        #expect(bench.engine.takeSensitivity())
    }

    @Test("a connection that is not there is closed")
    func stranger() throws {
        let bench = try EngineBench()
        let client = bench.connect()
        client.close()
        #expect(client.send(raw: #"{"jsonrpc":"2.0","id":1,"method":"server.ping"}"#) == .close)
        bench.engine.closed(client.id)
        bench.engine.closed(ConnectionID(index: 99, generation: 1))
    }

    @Test("the vectors of the protocol hold", arguments: Vector.all.filter(\.isLive))
    func vectors(_ vector: Vector) throws {
        let bench = try EngineBench()
        let client = bench.connect()
        var (at, isOpen) = (0, true)
        while isOpen, at + 4 <= vector.bytes.count {
            let length = vector.bytes[at..<at + 4].reduce(0) { $0 << 8 | Int($1) }
            if length == 0 || length > 65_536 {
                bench.receiveInvalidLength(from: client.id)
                isOpen = false
            } else {
                isOpen = bench.receive(Array(vector.bytes[at + 4..<at + 4 + length]), from: client.id) == .next
                at += 4 + length
            }
        }
        let answers = client.takeInbox()
        if vector.expect["notification"] != nil {
            #expect(answers.isEmpty && isOpen)
        } else if let error = vector.expect["error"] {
            #expect(answers.count == 1 && answers.first?["id"] == error["id"])
            #expect(answers.first?["error"]?["code"] == error["code"] && answers.first?.reason == error["reason"]?.text)
            #expect(isOpen == (vector.expect["closes"] != true))
        } else {
            var answer = answers.first
            if case .object(var members)? = answer {
                #expect(members.removeValue(forKey: "jsonrpc") == "2.0")
                answer = .object(members)
            }
            #expect(answers.count == 1 && isOpen && matches(answer, vector.answer))
        }
    }

    /// Whether an answer is the vector's, whose errors name code and reason only.
    private func matches(_ answer: JSONValue?, _ expected: JSONValue?) -> Bool {
        guard let error = expected?["error"] else { return answer == expected }
        return answer?["id"] == expected?["id"] && answer?["error"]?["code"] == error["code"]
            && answer?.reason == error["reason"]?.text
    }
}
