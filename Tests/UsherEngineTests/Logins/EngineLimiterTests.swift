import Testing
import UsherEngine
import UsherTestKit

@Suite("Engine: limiter and guesses")
struct EngineLimiterTests {
    let bench: EngineBench
    let login: Client
    let admin: Client

    init() throws {
        bench = try EngineBench()
        login = bench.connect(Uid.login)
        admin = bench.connect(Uid.admin)
    }

    /// Logs `user` in wrongly, so often, with an hour between two tries.
    private func fail(_ user: String, times: Int) {
        for _ in 0..<times {
            bench.advance(.seconds(3600))
            login.startLogin(user)
            bench.refuse(bench.lastTransaction)
            bench.tickAtDeadline()
        }
        _ = login.takeInbox()
    }

    private func entries(_ client: Client, _ params: String = "{}") -> [JSONValue] {
        client.ask("limiter.list", params).result?["entries"]?.array ?? []
    }

    @Test("an admin sees who has failed, with a name only where it was once right")
    func list() {
        login.startLogin("ann")
        bench.succeed(bench.lastTransaction, "ann")
        fail("hunter2", times: 7)
        // From where ann has succeeded she has a counter of her own.
        fail("ann", times: 3)
        let all = bench.connect().ask("limiter.list")
        #expect(all.result?["more"] == false)
        let own: JSONValue = [
            "user": "ann", "realm": "default", "failures": 0, "failures_known_sources": 3, "retry_after_ms": 0,
            "capped": false,
        ]
        #expect(entries(bench.connect()).last == own)
        #expect(entries(bench.connect()).map { $0["user"] } == [.null, "ann"])
        #expect(entries(bench.connect()).map { $0["failures"] } == [7, 0])
        #expect(entries(admin).map { $0["user"] } == ["ann"], "without every realm no counters without a name")
        #expect(entries(bench.connect(Uid.vault)).isEmpty)
        let asked = entries(admin, #"{"user":"Hunter2"}"#)
        #expect(asked.first?["user"] == "Hunter2" && asked.first?["failures"] == 7 && asked.count == 1)
        #expect(entries(bench.connect(Uid.vault), #"{"user":"hunter2"}"#).isEmpty)
    }

    @Test("clearing lets a name in again, in the realms of the admin alone")
    func clear() {
        fail("ann", times: 7)
        #expect(login.ask("auth.start", #"{"user":"ann","password":"x"}"#).reason == "rate_limited")
        #expect(bench.connect(Uid.vault).ask("limiter.clear", #"{"user":"ann"}"#).result == .object([:]))
        #expect(login.ask("auth.start", #"{"user":"ann","password":"x"}"#).reason == "rate_limited")
        #expect(admin.ask("limiter.clear", #"{"user":"ann"}"#).result == .object([:]))
        let again = login.startLogin("ann")
        #expect(login.answer(to: again) == nil)
        bench.succeed(bench.lastTransaction, "ann")
        #expect(login.answer(to: again)?.result?["state"] == "complete")
        #expect(
            bench.host.entries.contains(
                .limiterCleared(
                    user: "ann", peer: PeerCredentials(uid: Uid.admin, gid: Uid.admin, pid: 4242, groups: []))))
    }

    @Test("clearing all takes what has no name along for an admin of every realm alone")
    func clearAll() {
        fail("nobody", times: 5)
        #expect(admin.ask("limiter.clear").result == .object([:]))
        #expect(entries(bench.connect()).count == 1)
        #expect(bench.connect().ask("limiter.clear").result == .object([:]))
        #expect(entries(bench.connect()).isEmpty)
    }

    @Test(
        "the limiter is for admins", arguments: ["limiter.list", "limiter.clear"],
        [Uid.login, Uid.validate, Uid.nothing])
    func forbidden(_ method: String, _ uid: UInt32) {
        #expect(bench.connect(uid).ask(method).reason == "forbidden")
    }

    @Test("a list as long as it may be fits a frame")
    func longList() {
        for index in 0..<600 { fail("name\(index)", times: 1) }
        let answer = bench.connect().ask("limiter.list")
        let count = answer.result?["entries"]?.array?.count ?? 0
        #expect(count > 400 && answer.result?["more"] == false)
    }

    // MARK: Parallel logins

    @Test("a user logs in many times at once with the right password, and nobody is told to wait")
    func parallel() {
        let gateway = bench.connect(Uid.gateway)
        let requests = (0..<24).map { index in
            gateway.startLogin("ann", #","context":{"remote_ip":"192.0.2.\#(index)"}"#)
        }
        for transaction in bench.transactions { bench.succeed(transaction, "ann") }
        #expect(requests.allSatisfy { gateway.answer(to: $0)?.result?["state"] == "complete" })
    }

    @Test("a burst of guesses gets no further than its bound, and then has to wait for an hour")
    func burst() {
        let gateway = bench.connect(Uid.gateway)
        for index in 0..<31 { gateway.startLogin("ann", #","context":{"remote_ip":"192.0.2.\#(index)"}"#) }
        for transaction in bench.transactions { bench.refuse(transaction) }
        let more = gateway.ask("auth.start", #"{"user":"ann","password":"x","context":{"remote_ip":"192.0.2.99"}}"#)
        #expect(more.reason == "rate_limited" && more["error"]?["data"]?["retry_after_ms"] == 3_600_000)
    }

    // MARK: Addresses

    private func start(_ user: String, from address: String) -> JSONValue? {
        let gateway = bench.connect(Uid.gateway)
        return gateway.answer(to: gateway.startLogin(user, #","context":{"remote_ip":"\#(address)"}"#))
    }

    @Test(
        "a person's own address is the same however it is written",
        arguments: [
            ("192.0.2.9", "::ffff:192.0.2.9"), ("2001:db8::9", "2001:0DB8:0:0:0:0:0:9"),
            ("2001:db8::9", "2001:db8::ffff:1"),
        ])
    func spelling(_ first: String, _ second: String) {
        #expect(start("ann", from: first) == nil)
        bench.succeed(bench.lastTransaction, "ann")
        fail("ann", times: 7)
        #expect(start("ann", from: "198.51.100.1")?.reason == "rate_limited")
        #expect(start("ann", from: second) == nil, "the address that ann has come from is a stranger's")
    }

    @Test("the addresses of an IPv6 /64 are one source, and those of another are not")
    func network() {
        for host in 1...4 { #expect(start("u\(host)", from: "2001:db8::\(host)") == nil) }
        #expect(start("ann", from: "2001:db8::ffff:5")?.reason == "busy")
        #expect(start("ann", from: "2001:db8:0:1::5") == nil)
    }

    // MARK: Tokens

    @Test("tokens that are none are counted for each uid, and told a hundred, a thousand, ... in a minute")
    func tokenGuesses() {
        let guesser = bench.connect(Uid.validate)
        for _ in 0..<1500 { #expect(!guesser.isValid(EngineSessionTests.unknown)) }
        for _ in 0..<99 { #expect(!bench.connect().isValid(EngineSessionTests.unknown)) }
        let told = bench.host.entries.compactMap { entry -> [Int]? in
            if case .tokensRefused(let count, let peer) = entry { [count, Int(peer.uid)] } else { nil }
        }
        #expect(told == [[100, Int(Uid.validate)], [1000, Int(Uid.validate)]])
        #expect(admin.ask("server.stats").result?["tokens_refused"] == 1599)
        bench.advance(.seconds(61))
        for _ in 0..<100 { #expect(!guesser.isValid(EngineSessionTests.unknown)) }
        #expect(bench.host.entries.last.map { "\($0)".contains("count: 100,") } == true)
    }

    @Test("every token that session.touch shows counts")
    func touched() {
        let unknown = EngineSessionTests.unknown
        #expect(bench.connect().ask("session.touch", #"{"tokens":["\#(unknown)","\#(unknown)"]}"#).result != nil)
        #expect(admin.ask("server.stats").result?["tokens_refused"] == 2)
    }

    @Test(
        "every method that shows a token counts",
        arguments: [
            ("session.validate", ""), ("session.rotate", ""), ("session.update", #","data":{"a":"b"}"#),
            ("session.list", ""), ("session.revoke", ""), ("session.revoke", #","handle":"h_AAAAAQAAAAAAAAAC""#),
            ("session.revoke_all", ""), ("auth.start", ""),
        ])
    func counted(_ method: String, _ more: String) {
        let client = bench.connect()
        _ = client.ask(method, #"{"token":"\#(EngineSessionTests.unknown)"\#(more)}"#)
        #expect(client.ask("server.stats").result?["tokens_refused"] == 1)
    }
}
