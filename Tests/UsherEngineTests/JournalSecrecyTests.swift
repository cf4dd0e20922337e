import Testing
import UsherEngine
import UsherNames
import UsherPAMWire
import UsherTestKit

@Suite("Journal: secrets")
struct JournalSecrecyTests {
    @Test("no entry holds a token, a password or an answer, whatever happens")
    func secrecy() throws {
        let bench = try EngineBench(.bench { $0.sessionsPerUser = 2 })
        let client = bench.connect()
        var secrets = ["correct horse", "staple"]
        for _ in 0..<3 { secrets.append(try client.create("ann").token) }
        let rotated = client.ask("session.rotate", #"{"token":"\#(secrets[4])"}"#)
        secrets.append(try #require(rotated.result?["token"]?.text))
        let login = client.startLogin("bob")
        bench.challenge(1, [PAMPrompt(.secret, "Code: ")])
        let transaction = try #require(client.answer(to: login)?.result?["transaction"]?.text)
        let respond = client.send("auth.respond", #"{"transaction":"\#(transaction)","answers":["staple"]}"#)
        bench.succeed(1, "bob")
        secrets.append(try #require(client.answer(to: respond)?.result?["token"]?.text))
        for outcome in [PAMFailure.crashed(signal: 6), .exited(status: 1)] {
            _ = client.startLogin("bob")
            bench.fail(bench.lastTransaction, outcome)
        }
        _ = client.startLogin("eve")
        bench.refuse(bench.lastTransaction)
        for secret in secrets.dropFirst(2) {
            _ = bench.connect(Uid.nothing).ask("session.validate", #"{"token":"\#(secret)"}"#)
            _ = client.ask("session.revoke", #"{"token":"\#(secret)"}"#)
            _ = bench.connect(Uid.nothing).ask("session.create", #"{"user":"\#(secret)"}"#)
        }
        _ = bench.connect(Uid.nothing).startLogin("ann")
        bench.runOut()
        #expect(bench.host.entries.count > 20)
        for entry in bench.host.entries {
            for secret in secrets { #expect(!"\(entry)".contains(secret), "\(entry)") }
        }
    }
}
