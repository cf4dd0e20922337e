import Testing
import UsherNames
import UsherPAMWire
import UsherTestKit

@testable import UsherEngine

@Suite("Engine: a broker whose socket is full")
struct EngineBrokerRoomTests {
    let bench: EngineBench
    let client: Client

    init() throws {
        bench = try EngineBench()
        client = bench.connect()
    }

    private var starts: [String] {
        bench.host.messages.compactMap { if case .start(_, _, let user, _) = $0 { user } else { nil } }
    }

    @Test("lets a start wait until there is room, in order, and nobody is refused for it")
    func waits() throws {
        bench.host.brokerRoom = 1
        let logins = ["ann", "bob", "cid"].map { client.startLogin($0) }
        #expect(starts == ["ann"] && client.takeInbox().isEmpty)
        bench.host.brokerRoom = 1
        let late = bench.connect().startLogin("dan")
        #expect(starts == ["ann"], "a later one does not overtake those that wait")
        _ = bench.tickAtDeadline()
        #expect(starts == ["ann", "bob"])
        bench.host.brokerRoom = .max
        _ = bench.tickAtDeadline()
        #expect(starts == ["ann", "bob", "cid", "dan"])
        guard case .start(let transaction, _, "cid", let password) = bench.host.messages[2] else {
            Issue.record("\(bench.host.messages)")
            return
        }
        #expect(password != nil)
        bench.succeed(transaction, "cid")
        #expect(client.answer(to: logins[2])?.result?["state"] == "complete")
        _ = late
    }

    @Test("never hears of a login whose client has gone, or whose time is over, before there was room")
    func withdrawn() throws {
        bench.host.brokerRoom = 0
        let leaver = bench.connect()
        leaver.startLogin("ann")
        leaver.close()
        let short = client.startLogin("bob", #","timeout_ms":30"#)
        let stays = client.startLogin("cid")
        bench.advance(.milliseconds(40))
        bench.engine.tick()
        #expect(client.answer(to: short)?.reason == "timeout")
        bench.host.brokerRoom = .max
        _ = bench.tickAtDeadline()
        #expect(starts == ["cid"] && bench.host.messages.count == 1, "\(bench.host.messages)")
        bench.succeed(bench.lastTransaction, "cid")
        #expect(client.answer(to: stays)?.result?["state"] == "complete")
    }

    @Test(
        "gets answers once there is room, or the cancel in their place where the client has gone",
        arguments: [false, true])
    func answers(_ leaves: Bool) throws {
        let login = client.send("auth.start", #"{"user":"ann"}"#)
        bench.challenge(1, [PAMPrompt(.secret, "Password: ")])
        let transaction = try #require(client.answer(to: login)?.result?["transaction"]?.text)
        bench.host.brokerRoom = 0
        let response = client.send("auth.respond", #"{"transaction":"\#(transaction)","answers":["pa"]}"#)
        #expect(client.takeInbox().isEmpty)
        if leaves { client.close() }
        bench.host.brokerRoom = .max
        _ = bench.tickAtDeadline()
        #expect(bench.host.messages.last == (leaves ? .cancel(transaction: 1) : .answers(transaction: 1, ["pa"])))
        #expect(bench.host.messages.count == 2)
        guard !leaves else { return }
        bench.succeed(1, "ann")
        #expect(client.answer(to: response)?.result?["state"] == "complete")
    }

    @Test("that is lost, or that cannot be reached any more, is unavailable for what waited", arguments: [false, true])
    func lost(_ isTold: Bool) throws {
        bench.host.brokerRoom = 0
        let logins = [client.startLogin("ann"), client.startLogin("bob")]
        bench.host.isBrokerThere = false
        if isTold { bench.engine.brokerLost() } else { _ = bench.tickAtDeadline() }
        bench.host.isBrokerThere = true
        bench.host.brokerRoom = .max
        bench.runOut()
        #expect(logins.map { client.answer(to: $0)?.reason } == ["unavailable", "unavailable"])
        #expect(bench.host.messages.isEmpty)
    }

    @Test("keeps no more than a message for each login: those that ended leave none")
    func bounded() throws {
        bench.host.brokerRoom = 0
        for number in 0..<500 {
            let client = bench.connect()
            client.startLogin("user\(number)")
            client.close()
        }
        bench.host.brokerRoom = .max
        _ = bench.tickAtDeadline()
        #expect(bench.host.messages.isEmpty)
    }
}
