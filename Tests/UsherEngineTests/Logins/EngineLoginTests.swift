import Testing
import UsherEngine
import UsherLogin
import UsherNames
import UsherPAMWire
import UsherTestKit

@Suite("Engine: logins")
struct EngineLoginTests {
    let bench: EngineBench
    let client: Client

    init() throws {
        bench = try EngineBench()
        client = bench.connect()
    }

    static let password = PAMPrompt(.secret, "Password: ")
    static let code = PAMPrompt(.visible, "Code: ")
    static let note = PAMPrompt(.info, "Hello")

    // MARK: Going through

    @Test("a right password makes a session of the account that PAM names")
    func complete() throws {
        let login = client.startLogin("Ann", #","context":{"tool":"web"}"#)
        #expect(
            bench.host.messages == [
                .start(transaction: 1, service: "usher-web", user: "Ann", password: "correct horse")
            ])
        #expect(client.takeInbox().isEmpty)
        bench.succeed(1, "ann", uid: 1234)
        let answer = try #require(client.answer(to: login))
        #expect(answer.result?["state"] == "complete")
        #expect(answer.result?["failures_since"] == 0 && answer.result?["last_login"] == .null)
        let session = try #require(answer.session)
        #expect(session["user"] == "ann" && session["uid"] == 1234 && session["service"] == "web")
        #expect(session["methods"] == .array(["pwd"]) && session["context"] == .object(["tool": "web"]))
        #expect(session["authenticated"] == .integer(bench.unixNow) && session["version"] == 1)
        let token = try #require(answer.result?["token"]?.text)
        #expect(client.isValid(token))
        #expect(
            bench.host.entries.last
                == .loggedIn(
                    user: "ann", service: "web", handle: session["handle"]?.text ?? "", renewed: false,
                    worker: nil, peer: PeerCredentials(uid: Uid.all, gid: Uid.all, pid: 4242, groups: []),
                    from: .peer(Uid.all)))
    }

    @Test("what the worker is told follows from the request and the service")
    func start() throws {
        let rules = LoginRules(
            loginTimeout: .seconds(30), relaysMessages: true, allowsNoAccount: true, allowsPasswordChange: true)
        let bench = try EngineBench(.bench(rules: rules))
        let gateway = bench.connect(Uid.gateway)
        _ = gateway.startLogin("ann", #","context":{"remote_ip":"2001:db8::1"},"timeout_ms":5000"#)
        let first = try #require(bench.host.lastStart)
        #expect(first.remoteHost == "2001:db8::1" && first.remoteUser == "1008" && first.timeout == .seconds(30))
        #expect(first.options == [.allowPasswordChange, .relayMessages])
        _ = bench.connect().startLogin(
            "ann", #","context":{"remote_ip":"2001:db8::1"},"timeout_ms":5000000,"service":"mail""#)
        let second = try #require(bench.host.lastStart)
        #expect(second.remoteHost == nil && second.timeout == .seconds(120) && second.options == [.accountRequired])
    }

    @Test(
        "modules see an address in its one canonical text",
        arguments: [
            ("192.0.2.7", "192.0.2.7"), ("::ffff:192.0.2.7", "192.0.2.7"), ("::FFFF:C000:207", "192.0.2.7"),
            ("2001:0DB8:0:0:0:0:0:9", "2001:db8::9"), ("2001:db8::192.0.2.7", "2001:db8::c000:207"), ("::1", "::1"),
        ])
    func canonicalAddress(_ written: String, _ shown: String) {
        bench.connect(Uid.gateway).startLogin("ann", #","context":{"remote_ip":"\#(written)"}"#)
        #expect(bench.host.lastStart?.remoteHost == shown)
    }

    @Test("a login without a user, with a foreign service or with two subjects is refused before the broker is asked")
    func startRefusals() throws {
        for (params, reason) in [
            (#"{"user":"ann","service":"vault"}"#, "unknown_service"),
            (#"{"user":"ann","service":"x"}"#, "unknown_service"),
            (#"{"password":"x"}"#, "invalid_params"), (#"{"user":"a\u0000"}"#, "invalid_params"),
            (#"{"user":"ann","token":"\#(EngineSessionTests.unknown)"}"#, "invalid_params"),
            (#"{"token":"\#(EngineSessionTests.unknown)"}"#, "no_such_session"),
            (#"{"user":"ann","timeout_ms":0}"#, "invalid_params"),
        ] {
            #expect(bench.connect(Uid.gateway).ask("auth.start", params).reason == reason)
        }
        #expect(bench.host.messages.isEmpty)
    }

    @Test("the history counts failures since the last success")
    func history() throws {
        let first = client.startLogin("ann")
        bench.succeed(1, "ann")
        #expect(client.answer(to: first)?.result?["last_login"] == .null)
        let before = bench.unixNow
        bench.advance(.seconds(100))
        for _ in 0..<2 {
            let wrong = client.startLogin("ann")
            bench.refuse(bench.lastTransaction)
            bench.tickAtDeadline()
            #expect(client.answer(to: wrong)?.reason == "denied")
        }
        let second = client.startLogin("ann")
        bench.succeed(bench.lastTransaction, "ann")
        let answer = client.answer(to: second)?.result
        #expect(answer?["failures_since"] == 2 && answer?["last_login"] == .integer(before))
    }

    // MARK: Conversations

    @Test("prompts go to the client and its answers to the worker, round by round")
    func rounds() throws {
        let login = client.send("auth.start", #"{"user":"ann"}"#)
        bench.challenge(1, [Self.password])
        let first = try #require(client.answer(to: login)?.result)
        let transaction = try #require(first["transaction"]?.text)
        #expect(first["state"] == "challenge" && first["purpose"] == "login")
        #expect(first["prompts"] == .array([.object(["style": "secret", "text": "Password: "])]))
        let second = client.send("auth.respond", #"{"transaction":"\#(transaction)","answers":["pa\"ss"]}"#)
        #expect(bench.host.messages.last == .answers(transaction: 1, ["pa\"ss"]))
        bench.challenge(1, [Self.code, Self.password])
        let challenge = try #require(client.answer(to: second)?.result)
        #expect(challenge["transaction"]?.text == transaction && challenge["prompts"]?.array?.count == 2)
        let third = client.send("auth.respond", #"{"transaction":"\#(transaction)","answers":["1","2"]}"#)
        #expect(bench.host.messages.last == .answers(transaction: 1, ["1", "2"]))
        bench.succeed(1, "ann")
        #expect(client.answer(to: third)?.result?["state"] == "complete")
        #expect(client.takeInbox().isEmpty)
        let late = client.ask("auth.respond", #"{"transaction":"\#(transaction)","answers":[]}"#)
        #expect(late.reason == "no_such_transaction")
    }

    @Test("a change of password has a purpose of its own")
    func change() throws {
        let bench = try EngineBench(.bench(rules: LoginRules(allowsPasswordChange: true)))
        let client = bench.connect()
        let login = client.startLogin("ann")
        bench.challenge(1, [Self.note, Self.password, Self.password], .passwordChange)
        let step = try #require(client.answer(to: login)?.result)
        #expect(step["purpose"] == "password_change" && step["prompts"]?.array?.count == 3)
        let transaction = try #require(step["transaction"]?.text)
        let respond = client.send("auth.respond", #"{"transaction":"\#(transaction)","answers":["a","a"]}"#)
        bench.engine.brokerReported(
            .verdict(
                PAMVerdict(
                    transaction: 1, phase: .passwordChange, code: 0, user: "ann",
                    account: .init(name: "ann", uid: 1))))
        #expect(client.answer(to: respond)?.result?["state"] == "complete")
    }

    /// A login that waits for one answer.
    private func asked(_ prompts: [PAMPrompt] = [password]) throws -> String {
        let login = client.send("auth.start", #"{"user":"ann"}"#)
        bench.challenge(bench.lastTransaction, prompts)
        return try #require(client.answer(to: login)?.result?["transaction"]?.text)
    }

    @Test("another number of answers is refused and changes nothing")
    func wrongCount() throws {
        let transaction = try asked()
        for answers in ["[]", #"["a","b"]"#] {
            let answer = client.ask("auth.respond", #"{"transaction":"\#(transaction)","answers":\#(answers)}"#)
            #expect(answer.reason == "invalid_params")
        }
        #expect(bench.host.messages.count == 1)
        let right = client.send("auth.respond", #"{"transaction":"\#(transaction)","answers":["a"]}"#)
        let double = client.ask("auth.respond", #"{"transaction":"\#(transaction)","answers":["a"]}"#)
        #expect(double.reason == "invalid_params")
        bench.succeed(1, "ann")
        #expect(client.answer(to: right)?.result?["state"] == "complete")
    }

    @Test("a transaction is of its connection alone")
    func foreign() throws {
        let transaction = try asked()
        let other = bench.connect()
        let respond = other.ask("auth.respond", #"{"transaction":"\#(transaction)","answers":["a"]}"#)
        #expect(respond.reason == "no_such_transaction")
        #expect(other.ask("auth.cancel", #"{"transaction":"\#(transaction)"}"#).reason == "no_such_transaction")
        #expect(bench.host.messages.count == 1)
    }

    @Test("cancel ends the worker, and answers the request that waits")
    func cancel() throws {
        let transaction = try asked()
        let waiting = client.send("auth.respond", #"{"transaction":"\#(transaction)","answers":["a"]}"#)
        #expect(client.ask("auth.cancel", #"{"transaction":"\#(transaction)"}"#).result == .object([:]))
        #expect(client.answer(to: waiting)?.reason == "cancelled")
        #expect(bench.host.messages.last == .cancel(transaction: 1))
        #expect(client.ask("auth.cancel", #"{"transaction":"\#(transaction)"}"#).reason == "no_such_transaction")
        bench.fail(1, .cancelled)
        bench.succeed(1, "ann")
        // The guess keeps its place until the floor.
        #expect(client.takeInbox().isEmpty && bench.tickAtDeadline() ?? .zero >= .seconds(1))
        #expect(client.takeInbox().isEmpty && bench.host.deadline == nil)
    }

    @Test("texts held back and those of a challenge are cut to what a frame holds, which is told")
    func tooLarge() throws {
        let quotes = String(repeating: #"""#, count: 4096)
        let long = Array(repeating: PAMPrompt(.info, quotes), count: 3)
        let transaction = try asked(long + [Self.password])
        let respond = client.send("auth.respond", #"{"transaction":"\#(transaction)","answers":["a"]}"#)
        bench.challenge(1, long + [PAMPrompt(.secret, quotes)], .passwordChange)
        let prompts = client.answer(to: respond)?.result?["prompts"]?.array ?? []
        #expect(prompts.map { $0["cut"] } == [true, true, true, nil, nil, nil, nil])
        #expect(prompts.map { $0["text"]?.text?.utf8.count } == [0, 0, 0, 4096, 4096, 4096, 4096])
    }

    // MARK: Ending

    @Test("a closed connection cancels its logins, and nothing is sent to it")
    func closed() throws {
        _ = try asked()
        _ = client.startLogin("bob")
        client.close()
        #expect(Set(bench.transactions) == [1, 2])
        let cancels = bench.host.messages.suffix(2)
        #expect(cancels.contains(.cancel(transaction: 1)) && cancels.contains(.cancel(transaction: 2)))
        bench.succeed(2, "bob")
        #expect(client.takeInbox().isEmpty)
        #expect(bench.connect().ask("server.stats").result?["sessions"] == 0)
    }

    @Test(
        "what the account phase says is told once the password is proven, where the service reveals it",
        arguments: [
            (12, "password_change_required"), (13, "account_expired"), (6, "not_permitted"), (28, "unavailable"),
        ] as [(Int32, String)])
    func accountPhase(_ code: Int32, _ reason: String) throws {
        for reveals in [true, false] {
            let bench = try EngineBench(.bench(rules: LoginRules(revealsAccountState: reveals)))
            let client = bench.connect()
            let login = client.startLogin("ann")
            bench.refuse(1, .account, code: code)
            bench.tickAtDeadline()
            #expect(client.answer(to: login)?.reason == (reveals ? reason : "denied"))
        }
    }

    @Test("root logs in nowhere, unless the service says so, under no name of uid 0 and whatever uid is asserted")
    func root() throws {
        for (name, uid) in [("root", 0), ("toor", 0), ("toor", 1000), ("root", 1000)] as [(String, UInt32)] {
            let login = client.startLogin("ann")
            bench.succeed(bench.lastTransaction, name, uid: uid)
            bench.tickAtDeadline()
            #expect(client.answer(to: login)?.reason == "not_permitted", "\(name) \(uid)")
        }
    }

    @Test(
        "a broken stack is unavailable and journaled",
        arguments: [
            PAMFailure.crashed(signal: 11), .exited(status: 0), .spawnFailed, .serviceUnknown, .serviceNotServed,
            .protocolViolated,
        ])
    func broken(_ failure: PAMFailure) throws {
        let login = client.startLogin("ann")
        bench.fail(1, failure)
        #expect(client.takeInbox().isEmpty)
        #expect(bench.tickAtDeadline() ?? .zero >= .seconds(1))
        #expect(client.answer(to: login)?.reason == "unavailable")
        #expect(
            bench.host.entries.contains { if case .loginBroken("web", _, _, Uid.all, _) = $0 { true } else { false } })
    }

    @Test(
        "a code that says that the stack is broken is journaled as that",
        arguments: [1, 2, 3, 5, 26, 28, 29] as [Int32],
        [PAMVerdict.Phase.authentication, .account])
    func brokenStack(_ code: Int32, _ phase: PAMVerdict.Phase) throws {
        let login = client.startLogin("ann")
        bench.refuse(1, phase, code: code)
        bench.tickAtDeadline()
        #expect(client.answer(to: login)?.reason == "unavailable")
        let entry = JournalEntry.loginBroken(
            service: "web", what: "PAM code \(code)", worker: nil, peer: Uid.all, from: .peer(Uid.all))
        #expect(bench.host.entries.first == entry)
    }

    @Test("what PAM has to say goes with the session")
    func messages() throws {
        let login = client.startLogin("ann")
        bench.succeed(1, "ann", texts: [PAMPrompt(.info, "soon"), PAMPrompt(.error, "now")])
        let messages = JSONValue.array([
            .object(["style": "info", "text": "soon"]), .object(["style": "error", "text": "now"]),
        ])
        #expect(client.answer(to: login)?.result?["messages"] == messages)
        let quiet = client.startLogin("ann")
        bench.succeed(2, "ann")
        #expect(client.answer(to: quiet)?.result?["messages"] == nil)
    }

    @Test(
        "what PAM has to say goes with a refusal where the service relays it, or the password was right and it may be known",
        arguments: [
            (PAMVerdict.Phase.authentication, 7 as Int32, true, true, true), (.authentication, 7, false, true, false),
            (.account, 6, false, true, true), (.account, 6, true, false, false),
        ])
    func refusedWithMessages(
        _ phase: PAMVerdict.Phase, _ code: Int32, _ relays: Bool, _ reveals: Bool, _ isTold: Bool
    ) throws {
        let rules = LoginRules(relaysMessages: relays, revealsAccountState: reveals)
        let bench = try EngineBench(.bench(rules: rules))
        let client = bench.connect()
        let login = client.startLogin("ann")
        bench.refuse(1, phase, code: code, texts: [PAMPrompt(.error, "locked")])
        bench.tickAtDeadline()
        let data = client.answer(to: login)?["error"]?["data"]
        #expect(data?["reason"] != nil)
        let messages = JSONValue.array([.object(["style": "error", "text": "locked"])])
        #expect(data?["messages"] == (isTold ? messages : nil))
    }

    @Test("a full queue is busy, with a time to come back")
    func busy() throws {
        let login = client.startLogin("ann")
        bench.fail(1, .busy(retryAfter: .milliseconds(1500)))
        let answer = client.answer(to: login)
        #expect(answer?.reason == "busy" && answer?["error"]?["data"]?["retry_after_ms"] == 1500)
    }

    @Test("a lost broker makes every login unavailable, also the one whose second answer a person thinks about")
    func lost() throws {
        let login = client.startLogin("ann")
        bench.challenge(bench.lastTransaction, [Self.code])
        let thinking = try #require(client.answer(to: login)?.result?["transaction"]?.text)
        let waiting = client.startLogin("bob")
        bench.engine.brokerLost()
        #expect(client.takeInbox().isEmpty)
        bench.tickAtDeadline()
        #expect(client.answer(to: waiting)?.reason == "unavailable")
        let late = client.send("auth.respond", #"{"transaction":"\#(thinking)","answers":["a"]}"#)
        bench.tickAtDeadline()
        #expect(client.answer(to: late)?.reason == "unavailable")
        bench.engine.brokerLost()
    }

    @Test("a broker that cannot be reached, or takes no answers, is unavailable")
    func unreachable() throws {
        let transaction = try asked()
        bench.host.isBrokerThere = false
        let requests = [
            client.startLogin("bob"),
            client.send("auth.respond", #"{"transaction":"\#(transaction)","answers":["a"]}"#),
        ]
        #expect(client.takeInbox().isEmpty)
        bench.runOut()
        for request in requests { #expect(client.answer(to: request)?.reason == "unavailable") }
    }

    @Test("reports about nobody are passed over")
    func strays() throws {
        for transaction in [0, 1, UInt64.max] {
            bench.succeed(transaction, "ann")
            bench.refuse(transaction)
            bench.fail(transaction, .timeout)
            bench.challenge(transaction, [Self.password])
        }
        bench.engine.brokerReported(.hello(PAMHello(version: 9, computing: 0, conversing: 0, waiting: 0)))
        #expect(bench.host.entries.isEmpty && bench.host.deadline == nil)
    }

    @Test("on the way out no login begins, those that wait for a person end, the others are waited for")
    func drain() throws {
        _ = try asked()
        let waiting = client.startLogin("bob")
        bench.engine.drain()
        #expect(bench.host.messages.last == .cancel(transaction: 1) && bench.engine.isBusy)
        #expect(client.answer(to: client.startLogin("eve"))?.reason == "unavailable")
        bench.succeed(2, "bob")
        #expect(client.answer(to: waiting)?.result?["state"] == "complete")
        #expect(!bench.engine.isBusy)
    }

    @Test("asks for pam_setcred where the service says so, and tells its no as not permitted")
    func credentials() throws {
        let bench = try EngineBench()
        let client = bench.connect()
        let plain = client.startLogin("ann")
        #expect(bench.host.lastStart?.options.contains(.setCredentials) == false)
        bench.succeed(bench.lastTransaction, "ann")
        #expect(client.answer(to: plain)?.result?["state"] == "complete")
        let vault = client.startLogin("ann", #","service":"vault""#)
        #expect(bench.host.lastStart?.options.contains(.setCredentials) == true)
        bench.refuse(bench.lastTransaction, .credentials, code: 17)
        bench.tickAtDeadline()
        #expect(client.answer(to: vault)?.reason == "not_permitted")
    }
}
