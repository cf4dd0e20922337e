import Testing
import UsherEngine
import UsherLogin
import UsherPAMWire
import UsherTestKit

@Suite("Engine: refused logins")
struct EngineRefusalTests {
    let bench: EngineBench
    let client: Client

    init() throws {
        bench = try EngineBench()
        client = bench.connect()
    }

    @Test("a refusal leaves at the floor, however fast the worker was", arguments: [0, 3, 700, 1500, 5000])
    func floor(_ worked: Int) throws {
        let start = bench.now
        let login = client.startLogin("ann")
        bench.advance(.milliseconds(worked))
        bench.refuse(1)
        #expect(client.takeInbox().isEmpty)
        let early = try #require(bench.host.deadline)
        bench.advance(.nanoseconds(early) - bench.now - .milliseconds(1))
        bench.engine.tick()
        #expect(client.takeInbox().isEmpty)
        bench.tickAtDeadline()
        #expect(client.answer(to: login)?.reason == "denied")
        let grid = Duration.seconds(worked <= 1000 ? 1 : worked <= 2000 ? 2 : 8)
        #expect(bench.now - start >= grid && bench.now - start < grid + .milliseconds(126))
        #expect(bench.host.deadline == nil)
    }

    @Test("wrong, unknown and locked are one answer", arguments: [7, 10, 6, 9, 11] as [Int32])
    func oneAnswer(_ code: Int32) throws {
        let login = client.startLogin("ann")
        bench.refuse(1, code: code)
        bench.tickAtDeadline()
        #expect(
            client.answer(to: login)?["error"]
                == .object(["code": 1001, "message": "Login refused", "data": .object(["reason": "denied"])]))
        let entry = JournalEntry.loginRefused(
            user: nil, service: "web", reason: "denied", pam: "authentication \(code)", worker: nil, peer: Uid.all,
            from: .peer(Uid.all))
        #expect(bench.host.entries.filter { $0.isRefusal } == [entry])
    }

    @Test("a refusal that waits can be cancelled and goes with its connection")
    func refusalsThatWait() throws {
        let login = client.startLogin("ann")
        bench.refuse(1)
        #expect(client.ask("session.revoke_all", #"{"user":"ann"}"#).result == .object(["revoked": 0]))
        #expect(client.answer(to: login)?.reason == "cancelled")
        let second = client.startLogin("ann")
        bench.refuse(2)
        client.close()
        bench.runOut()
        #expect(client.answer(to: second) == nil)
    }

    @Test("the whole login has a time, the client's if that is shorter")
    func timeout() throws {
        let login = client.startLogin("ann", #","timeout_ms":250"#)
        #expect(bench.tickAtDeadline().map { $0 - .milliseconds(250) } == .nanoseconds(1))
        #expect(client.answer(to: login)?.reason == "timeout")
        #expect(bench.host.messages.last == .cancel(transaction: 1))
        bench.tickAtDeadline()
        let second = client.startLogin("ann")
        #expect(bench.tickAtDeadline().map { $0 - .seconds(120) } == .nanoseconds(1))
        #expect(client.answer(to: second)?.reason == "timeout")
    }

    // MARK: Limiter

    /// Fails as `name` so often.
    private func fail(_ count: Int, as name: String = "ann") {
        for _ in 0..<count {
            let login = client.startLogin(name)
            bench.refuse(bench.lastTransaction)
            bench.runOut()
            #expect(client.answer(to: login)?.reason == "denied")
        }
    }

    @Test("who fails too often must wait, under any case of the name, and others need not")
    func limiter() throws {
        fail(6)
        let asked = bench.host.messages.count
        for name in ["ann", "ANN"] {
            let answer = client.answer(to: client.startLogin(name))
            #expect(answer?.reason == "rate_limited")
            let wait = try #require(answer?["error"]?["data"]?["retry_after_ms"]?.integer)
            #expect(wait > 0 && wait <= 2000)
        }
        #expect(bench.host.messages.count == asked)
        #expect(
            bench.host.entries.last
                == .loginRefused(
                    user: nil, service: "web", reason: "rate_limited", pam: nil, worker: nil, peer: Uid.all,
                    from: .peer(Uid.all)))
        _ = client.startLogin("bob")
        #expect(bench.host.messages.count == asked + 1)
        bench.advance(.seconds(3))
        let login = client.startLogin("ann")
        bench.succeed(bench.lastTransaction, "ann")
        #expect(client.answer(to: login)?.result?["failures_since"] == 6)
        fail(5)
    }

    @Test("leaving after a guess counts, and only then")
    func leaving() throws {
        for round in 0..<6 {
            let guest = bench.connect()
            _ = guest.send("auth.start", #"{"user":"ann"}"#)
            guest.close()
            #expect(bench.transactions.count == round + 1, "a login without a guess counted")
        }
        for guess in 0..<5 {
            let guest = bench.connect()
            _ = guest.startLogin("ann")
            guest.close()
            // A guess keeps its source's place until it would have been refused.
            if guess < 3 { bench.runOut() }
        }
        #expect(client.answer(to: client.startLogin("ann"))?.reason == "rate_limited")
    }

    // MARK: Bounds

    @Test("four logins of a name, then busy, and other names of the same tool are not kept out")
    func perName() throws {
        for _ in 0..<4 { _ = client.send("auth.start", #"{"user":"ann"}"#) }
        let busy = client.ask("auth.start", #"{"user":"ANN"}"#)
        #expect(busy.reason == "busy" && busy["error"]?["data"]?["retry_after_ms"] == 1000)
        #expect(bench.connect().ask("auth.start", #"{"user":"ann"}"#).reason == "busy")
        bench.connect().send("auth.start", #"{"user":"bob"}"#)
        bench.connect(Uid.login).send("auth.start", #"{"user":"ann"}"#)
        #expect(bench.transactions.count == 6)
    }

    @Test("an address that is not believed is a source too, and reaches the journal and nothing else")
    func claimed() throws {
        let tool = bench.connect(Uid.login)
        for name in 0..<4 {
            tool.startLogin("made\(name)", #","context":{"remote_ip":"::ffff:198.51.100.1"}"#)
        }
        let fifth = tool.startLogin("ann", #","context":{"remote_ip":"198.51.100.1"}"#)
        #expect(tool.answer(to: fifth)?.reason == "busy")
        #expect(
            bench.host.entries == [
                .loginRefused(
                    user: nil, service: "web", reason: "busy", pam: nil, worker: nil, peer: Uid.login,
                    from: .peer(Uid.login, claim: "198.51.100.1"))
            ])
        let login = tool.startLogin("ann", #","context":{"remote_ip":"192.0.2.7"}"#)
        #expect(bench.host.lastStart?.remoteHost == nil)
        bench.succeed(bench.lastTransaction, "ann")
        #expect(tool.answer(to: login)?.result?["state"] == "complete")
        let claim = bench.host.entries.last.flatMap { entry -> String? in
            if case .loggedIn(_, _, _, _, _, _, let origin) = entry { origin.claim } else { nil }
        }
        #expect(claim == "192.0.2.7")
        tool.startLogin("ann", #","context":{"remote_ip":"203.0.113.9"}"#)
        bench.refuse(bench.lastTransaction)
        bench.runOut()
        #expect("\(String(describing: bench.host.entries.last))".contains(#"claim: Optional("203.0.113.9")"#))
    }

    @Test("a gateway's sources count one by one")
    func perSource() throws {
        let gateway = bench.connect(Uid.gateway)
        for address in 0..<8 {
            gateway.send("auth.start", #"{"user":"u\#(address)","context":{"remote_ip":"192.0.2.\#(address)"}}"#)
        }
        #expect(gateway.takeInbox().isEmpty && bench.transactions.count == 8)
    }

    @Test("a full table is busy for everybody, and half of it for one peer")
    func full() throws {
        let bench = try EngineBench(
            .bench {
                $0.logins = 4
                $0.loginsPerSource = 4
            })
        let (client, other) = (bench.connect(), bench.connect(Uid.gateway))
        for _ in 0..<2 {
            client.send("auth.start", #"{"user":"ann"}"#)
            other.send("auth.start", #"{"user":"ann"}"#)
        }
        #expect(bench.transactions.count == 4)
        #expect(bench.connect(Uid.login).ask("auth.start", #"{"user":"ann"}"#).reason == "busy")
        other.close()
        #expect(client.ask("auth.start", #"{"user":"ann"}"#).reason == "busy")
        bench.connect(Uid.login).send("auth.start", #"{"user":"ann"}"#)
        #expect(bench.transactions.count == 5)
    }

    @Test("a connection with as many requests in flight as it may have is not read until one is answered")
    func inFlight() throws {
        let bench = try EngineBench(.bench { $0.inFlight = 2 })
        let client = bench.connect()
        let outcomes = (0..<2).map {
            client.send(raw: #"{"jsonrpc":"2.0","id":\#($0),"method":"auth.start","params":{"user":"ann"}}"#)
        }
        #expect(outcomes == [.next, .pause])
        bench.succeed(1, "ann")
        #expect(client.send(raw: #"{"jsonrpc":"2.0","id":2,"method":"server.ping"}"#) == .next)
    }

    // MARK: Revocation

    @Test("revoke_all ends the logins of the user, in the realms that it is about")
    func revokeAll() throws {
        let vault = bench.connect(Uid.vault)
        let (own, foreign) = (client.startLogin("Ann"), vault.startLogin("ann"))
        #expect(bench.connect(Uid.admin).ask("session.revoke_all", #"{"user":"ann"}"#).result != nil)
        #expect(client.answer(to: own)?.reason == "cancelled")
        #expect(bench.host.messages.last == .cancel(transaction: 1))
        bench.succeed(1, "ann")
        bench.succeed(2, "ann")
        #expect(client.takeInbox().isEmpty)
        #expect(vault.answer(to: foreign)?.result?["state"] == "complete")
    }

    @Test("revoke_all catches the login under another name that PAM resolves to the user")
    func alias() throws {
        let login = client.startLogin("ann@corp.example")
        _ = client.ask("session.revoke_all", #"{"user":"ann"}"#)
        #expect(client.takeInbox().isEmpty)
        bench.succeed(1, "ann")
        #expect(client.answer(to: login)?.reason == "cancelled")
        #expect(client.ask("server.stats").result?["sessions"] == 0)
    }
}

extension JournalEntry {
    fileprivate var isRefusal: Bool { if case .loginRefused = self { true } else { false } }
}
