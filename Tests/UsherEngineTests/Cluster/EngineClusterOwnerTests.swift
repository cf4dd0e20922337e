import Testing
import UsherCluster
import UsherPAMWire
import UsherSecrets
import UsherSessions
import UsherTestKit

@testable import UsherEngine

@Suite("Engine: whose the shared sessions are")
struct EngineClusterOwnerTests {
    private func login(_ pair: ClusterBench, _ bench: EngineBench, _ user: String) throws -> String {
        let client = bench.connect(Uid.login)
        let id = client.startLogin(user)
        bench.succeed(bench.lastTransaction, user)
        pair.pump()
        return try #require(client.answer(to: id)?.result?["token"]?.text)
    }

    @Test("a login on a second host leaves the sessions of the first one alone, whose uid it does not know")
    func twoHosts() throws {
        var configuration = Configuration.bench()
        for place in configuration.services.indices { configuration.services[place].accounts = AccountRules() }
        let pair = try ClusterBench(configuration)
        let first = try login(pair, pair.a, "ann")
        #expect(pair.isValid(pair.b.connect(), first) == true)
        let second = try login(pair, pair.b, "ann")
        for bench in pair.benches {
            #expect(pair.isValid(bench.connect(), first) == true && pair.isValid(bench.connect(), second) == true)
        }
    }

    /// The checks that a host has asked the broker for.
    private func checks(_ bench: EngineBench) -> [UInt64] {
        bench.host.messages.compactMap { message in
            guard case .start(let transaction, _, _, _) = message,
                bench.host.options[transaction]?.options == .accountOnly
            else { return nil }
            return transaction
        }
    }

    @Test(
        "an account that a host lacks ends the sessions there, and those of other hosts only where the accounts are the same",
        arguments: [true, false])
    func sameAccounts(_ isSame: Bool) throws {
        var configuration = Configuration.bench()
        for place in configuration.services.indices { configuration.services[place].accounts = AccountRules() }
        let pair = try ClusterBench(configuration) { $0.hasSameAccounts = isSame }
        let first = try login(pair, pair.a, "ann")
        #expect(pair.isValid(pair.b.connect(), first) == true)
        let second = try login(pair, pair.b, "ann")
        pair.b.engine.brokerReported(.accountsChanged(.rules))
        var asked = 0
        for _ in 0..<6 {
            pair.pass(.seconds(1))
            for transaction in checks(pair.b).dropFirst(asked) {
                asked += 1
                pair.b.engine.brokerReported(
                    .verdict(
                        PAMVerdict(transaction: transaction, phase: .account, code: 13, user: "ann", account: nil)))
            }
            pair.pump()
        }
        #expect(asked == (isSame ? 2 : 1))
        #expect(pair.isValid(pair.b.connect(), second) == false)
        #expect(pair.isValid(pair.a.connect(), first) == !isSame)
    }

    @Test("a token ends another session of its user that this host has never seen, and none of somebody else")
    func otherDevice() throws {
        let pair = try ClusterBench()
        let (one, other) = (pair.a.connect(), pair.b.connect())
        let (mine, _) = try pair.create(one, "ann")
        let (phone, handle) = try pair.create(one, "ann")
        let (bob, bobs) = try pair.create(one, "bob")
        #expect(pair.isValid(other, mine) == true)
        let stranger = pair.ask(other, "session.revoke", #"{"token":"\#(mine)","handle":"\#(bobs)"}"#)
        #expect(stranger.result?["revoked"] == 0)
        #expect(one.isValid(bob))
        let answer = pair.ask(other, "session.revoke", #"{"token":"\#(mine)","handle":"\#(handle)"}"#)
        #expect(answer.result?["revoked"] == 1)
        #expect(pair.isValid(one, phone) == false && one.isValid(mine))
    }

    @Test("more rotations than the table has room for are all made, one after the other")
    func manyRotations() throws {
        let pair = try ClusterBench()
        let one = pair.a.connect()
        var tokens = try (0..<40).map { _ in try pair.create(one, "ann").token }
        // A session has a rate of its own.
        for turn in 0..<ReplacementTokens.share + 10 {
            let answer = pair.ask(one, "session.rotate", #"{"token":"\#(tokens[turn % 40])"}"#)
            tokens[turn % 40] = try #require(answer.result?["token"]?.text, "\(answer)")
        }
        for token in tokens { #expect(pair.isValid(one, token) == true) }
    }
}
