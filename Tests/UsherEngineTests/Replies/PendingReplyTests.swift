import Testing
import UsherTestKit
import UsherWire

@testable import UsherEngine

@Suite("Engine: answers that come later")
struct PendingReplyTests {
    let bench: EngineBench
    let client: Client
    let engine: Engine

    init() throws {
        bench = try EngineBench()
        client = bench.connect()
        engine = bench.engine
    }

    /// A duty towards the client, as a handler takes it up.
    private func later(_ id: Int64) throws -> PendingReply {
        engine.later(RequestID(id), of: try #require(engine.peer(client.id)))
    }

    private func endTurn() {
        engine.beginTurn()
        engine.endTurn()
    }

    @Test("an answer goes to the request that is owed it, once")
    func answered() throws {
        let isWritten = engine.answer(try later(7)) { $0.emptyObject() }
        #expect(isWritten)
        endTurn()
        #expect(client.takeInbox() == [.object(["jsonrpc": "2.0", "id": 7, "result": .object([:])])])
    }

    @Test("an error brings its reason and time")
    func refused() throws {
        engine.refuse(try later(7), Refusal(.busy, retryAfter: .seconds(2)))
        let answer = client.answer(to: 7)
        #expect(answer?.reason == "busy" && answer?["error"]?["data"]?["retry_after_ms"] == 2000)
    }

    @Test("what is dropped is an internal error at the end of the turn, in the order in which it was dropped")
    func dropped() throws {
        for id in [3, 1, 2] as [Int64] { _ = try later(id) }
        #expect(client.takeInbox().isEmpty)
        endTurn()
        let answers = client.takeInbox()
        #expect(answers.map { $0["id"] } == [3, 1, 2])
        #expect(answers.allSatisfy { $0.reason == "internal_error" })
        endTurn()
        #expect(client.takeInbox().isEmpty)
    }

    @Test("what is kept is not answered, and is an internal error once its keeper lets go of it")
    func kept() throws {
        final class Keeper {
            var reply: PendingReply?
        }
        let keeper = Keeper()
        keeper.reply = try later(7)
        endTurn()
        #expect(client.takeInbox().isEmpty)
        keeper.reply = nil
        endTurn()
        #expect(client.answer(to: 7)?.reason == "internal_error")
    }

    @Test("a result that no frame can hold is an internal error")
    func tooLarge() throws {
        let text = String(repeating: "x", count: WireLimit.frame)
        let isWritten = engine.answer(try later(7)) { $0.strings([text]) }
        #expect(!isWritten && client.answer(to: 7)?.reason == "internal_error")
    }

    @Test("the id is in use until the answer, and free from then on")
    func idInUse() throws {
        let ping = #"{"jsonrpc":"2.0","id":7,"method":"server.ping"}"#
        let reply = try later(7)
        client.send(raw: ping)
        #expect(client.answer(to: 7)?.reason == "invalid_request")
        engine.answer(reply) { $0.emptyObject() }
        _ = client.takeInbox()
        client.send(raw: ping)
        #expect(client.answer(to: 7)?.result == .object([:]))
    }

    @Test("nobody gets the answer of a connection that has gone, nor who has its place now")
    func closed() throws {
        let answered = try later(1)
        let refused = try later(2)
        _ = try later(3)
        client.close()
        let next = ConnectionID(index: client.id.index, generation: client.id.generation + 1)
        engine.connected(next, PeerCredentials(uid: Uid.all, gid: Uid.all, pid: 1, groups: []))
        engine.answer(answered) { $0.emptyObject() }
        engine.refuse(refused, Refusal(.denied))
        endTurn()
        #expect(client.takeInbox().isEmpty && bench.host.inbox[next] == nil)
    }

    @Test("a daemon with an answer to give is busy until it is given, or its client has gone")
    func busy() throws {
        client.startLogin("ann")
        #expect(engine.isBusy)
        client.close()
        #expect(!engine.isBusy)
    }
}

@Suite("Deadlines of the engine")
struct DeadlinesTests {
    @Test("the next one is the earliest of all that are set")
    func next() {
        var deadlines = Deadlines()
        #expect(deadlines.next == nil)
        for name in Deadlines.Name.allCases {
            deadlines[name] = 100 - Int64(name.rawValue)
            #expect(deadlines.next == 100 - Int64(name.rawValue) && deadlines[name] == deadlines.next)
        }
        for name in Deadlines.Name.allCases { deadlines[name] = nil }
        #expect(deadlines.next == nil)
    }
}
