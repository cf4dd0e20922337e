import Testing
import UsherEngine
import UsherTestKit

@Suite("Engine: room for logins")
struct EngineLoginRoomTests {
    private let bench: EngineBench
    private let gateway: Client

    init() throws {
        bench = try EngineBench()
        gateway = bench.connect(Uid.gateway)
    }

    /// Begins a login of `user` that PAM asks a question in; its transaction.
    private func leave(_ user: String, from address: String) throws -> String {
        let login = gateway.send("auth.start", #"{"user":"\#(user)","context":{"remote_ip":"\#(address)"}}"#)
        bench.challenge(bench.lastTransaction, [EngineLoginTests.password])
        return try #require(gateway.answer(to: login)?.result?["transaction"]?.text)
    }

    @Test("a login that nobody answers ends for the next one: its worker, with an entry, and its client starts again")
    func displaced() throws {
        var left: [String] = []
        for index in 0..<24 { left.append(try leave("u\(index)", from: "2001:db8:0:\(index / 4)::1")) }
        let login = gateway.startLogin("ann", #","context":{"remote_ip":"192.0.2.7"}"#)
        #expect(bench.host.messages.suffix(2).first == .cancel(transaction: 1))
        bench.succeed(bench.lastTransaction, "ann")
        #expect(gateway.answer(to: login)?.result?["state"] == "complete")
        let entry = JournalEntry.loginRefused(
            user: nil, service: "web", reason: "busy", pam: nil, worker: nil, peer: Uid.gateway,
            from: .peer(Uid.gateway, source: "2001:db8::1"))
        #expect(bench.host.entries.contains(entry))
        func respond(_ transaction: String) -> JSONValue? {
            gateway.answer(to: gateway.send("auth.respond", #"{"transaction":"\#(transaction)","answers":["a"]}"#))
        }
        #expect(respond(left[0])?.reason == "no_such_transaction")
        #expect(respond(left[1]) == nil)
    }

    @Test("a name that strangers begin logins under at a tool without addresses stays open for its owner")
    func name() throws {
        let tool = bench.connect(Uid.login)
        for _ in 0..<12 {
            let login = tool.send("auth.start", #"{"user":"ann"}"#)
            bench.challenge(bench.lastTransaction, [EngineLoginTests.password])
            #expect(tool.answer(to: login)?.result?["state"] == "challenge")
        }
        let login = tool.startLogin("ann")
        bench.succeed(bench.lastTransaction, "ann")
        #expect(tool.answer(to: login)?.result?["state"] == "complete")
    }
}
