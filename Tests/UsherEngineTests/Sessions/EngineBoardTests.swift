import Testing
import UsherBoard
import UsherTestKit
import UsherWire

@testable import UsherEngine

@Suite("Engine: board")
struct EngineBoardTests {
    let bench: EngineBench
    let client: Client

    init() throws {
        bench = try EngineBench()
        client = bench.connect()
    }

    /// Where `session.validate` says that the session stands, to a client that has attached.
    private func place(_ token: String, touch: Bool = true) throws -> BoardPlace {
        let cache = client.ask("session.validate", #"{"token":"\#(token)","touch":\#(touch)}"#).result?["cache"]
        let slot = try #require(cache?["slot"]?.integer)
        return BoardPlace(slot: UInt32(slot), stamp: UInt32(try #require(cache?["stamp"]?.integer)))
    }

    /// Whether an answer that came with `place` still holds now.
    private func holds(_ place: BoardPlace) -> Bool {
        bench.board.entry(place.slot)?.confirms(stamp: place.stamp, now: Int64(bench.now / .nanoseconds(1))) == true
    }

    @Test("attach tells the board's id as its header has it, its slots and where they start")
    func attach() throws {
        bench.advance(.milliseconds(7))
        let result = try #require(client.ask("board.attach").result)
        #expect(
            result
                == [
                    "board": .text(bench.board.id.hex), "slots": 512, "offset": 4096,
                    "boottime_ms": .integer(Int64(bench.now / .milliseconds(1))),
                ])
    }

    @Test("the answer carries the descriptor, a refusal does not")
    func outcome() {
        let request = #"{"jsonrpc":"2.0","id":1,"method":"board.attach","params":PARAMS}"#
        func outcome(_ uid: UInt32, _ params: String = "{}") -> FrameOutcome {
            bench.connect(uid).send(raw: request.replacing("PARAMS", with: params))
        }
        #expect(outcome(Uid.validate) == .nextWithBoard && outcome(Uid.validate, "[]") == .next)
        #expect(outcome(Uid.boardless) == .next && outcome(Uid.admin) == .next)
    }

    @Test(
        "attach is refused without the role and where the entry withholds the board",
        arguments: [Uid.admin, Uid.login, Uid.nothing, Uid.stranger, Uid.boardless])
    func forbidden(_ uid: UInt32) throws {
        let client = bench.connect(uid)
        #expect(client.ask("board.attach").reason == "forbidden")
        guard case .forbidden(let missing, let peer) = bench.host.entries.last else { throw TestFailure("no entry") }
        #expect(missing.method == "board.attach" && peer.uid == uid)
        #expect(missing.lacks == [uid == Uid.boardless ? "board" : "validate"])
    }

    @Test("a connection attaches once; another one of the same peer does too")
    func once() {
        #expect(client.ask("board.attach").reason == nil && client.ask("board.attach").reason == "quota_exceeded")
        #expect(bench.connect().ask("board.attach").reason == nil)
    }

    @Test("validate tells the place on the board to who attached it, and to nobody else")
    func cache() throws {
        let (token, _) = try client.create("ann")
        let other = bench.connect()
        #expect(client.ask("session.validate", #"{"token":"\#(token)"}"#).result?["cache"] == nil)
        _ = client.ask("board.attach")
        let place = try self.place(token)
        #expect(holds(place) && place.stamp != 0)
        #expect(other.ask("session.validate", #"{"token":"\#(token)"}"#).result?["cache"] == nil)
        let unknown = #"{"token":"\#(EngineSessionTests.unknown)"}"#
        #expect(client.ask("session.validate", unknown).result == ["valid": false])
    }

    @Test(
        "a change of the session makes its cached answer wrong before the change is answered",
        arguments: [
            ("session.revoke", #"{"token":"TOKEN"}"#), ("session.revoke", #"{"handle":"HANDLE"}"#),
            ("session.revoke_all", #"{"token":"TOKEN"}"#), ("session.revoke_all", #"{"user":"ann"}"#),
            ("session.rotate", #"{"token":"TOKEN"}"#), ("session.update", #"{"token":"TOKEN","data":{"a":"b"}}"#),
        ])
    func changes(_ method: String, _ params: String) throws {
        let (token, session) = try client.create("ann")
        _ = client.ask("board.attach")
        let place = try self.place(token)
        let handle = try #require(session["handle"]?.text)
        let filled = params.replacing("TOKEN", with: token).replacing("HANDLE", with: handle)
        #expect(bench.connect().ask(method, filled).result != nil)
        #expect(!holds(place))
    }

    @Test("a new proof makes the cached answer wrong before it is answered, and comes with a new place")
    func proof() throws {
        let (token, _) = try client.create("ann")
        _ = client.ask("board.attach")
        let place = try self.place(token)
        let request = client.send("auth.start", #"{"token":"\#(token)","password":"x"}"#)
        #expect(holds(place))
        bench.succeed(bench.lastTransaction, "ann")
        let fresh = try #require(client.answer(to: request)?.result?["token"]?.text)
        #expect(!holds(place))
        #expect(try self.place(fresh).stamp > place.stamp)
    }

    @Test("an eviction makes the cached answer wrong")
    func eviction() throws {
        let bench = try EngineBench(.bench { $0.sessionsPerUser = 1 })
        let client = bench.connect()
        _ = client.ask("board.attach")
        let (token, _) = try client.create("ann")
        let cache = client.ask("session.validate", #"{"token":"\#(token)"}"#).result?["cache"]
        let slot = try #require(cache?["slot"]?.integer)
        _ = try client.create("ann")
        #expect(bench.board.entry(UInt32(slot))?.stamp != cache?["stamp"]?.integer.map { UInt32($0) })
    }

    @Test("the board's expiry moves in steps of a twentieth of the idle timeout, never beyond the absolute limit")
    func steps() throws {
        let (token, session) = try client.create("ann", service: "mail")
        _ = client.ask("board.attach")
        let place = try self.place(token)
        func expiry() -> Int64 {
            Int64(bench.board.entry(place.slot)?.expiry.rawValue ?? 0) + EngineBench.unixOffset
        }
        let created = try #require(session["created"]?.integer)
        var seen = [expiry()]
        for _ in 0..<650 {
            bench.advance(.seconds(1))
            guard client.isValid(token) else { break }
            #expect(try self.place(token, touch: false) == place)
            if expiry() != seen.last { seen.append(expiry()) }
        }
        #expect(seen.first == created + 60 && seen.last == created + 600)
        #expect(zip(seen.dropLast(), seen.dropFirst().dropLast()).allSatisfy { $1 - $0 == 3 })
        #expect(bench.unixNow == created + 600 && !holds(place))
    }
}
