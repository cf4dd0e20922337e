import CLinux
import Testing
import UsherNames
import UsherPAMWire

/// A broker whose services are the module's arguments, beside one that works.
private func broker(_ arguments: String, _ options: [String] = []) -> RunningBroker {
    RunningBroker(
        [
            "chaos":
                "auth required CHAOS \(arguments)\naccount required CHAOS \(arguments)\npassword required CHAOS \(arguments)",
            "fine": "auth required CHAOS prompts=1\naccount required CHAOS",
        ], options)
}

@Suite("Misbehaving modules")
struct ChaosTests {
    @Test(
        "fail their own login alone, and for the right reason",
        arguments: [
            ("segv", "crashed(signal: 11)"), ("abort", "crashed(signal: 6)"), ("exit=0", "exited(status: 0)"),
            ("exit=3", "exited(status: 3)"), ("closefds", "exited(status: 0)"), ("radio", "authentication 19"),
            ("binary", "authentication 19"), ("prompts=100", "authentication 19"),
            ("stubborn=100", "authentication 19"),
            ("setuser=../root", "account 10"), ("ret=6", "authentication 6"), ("ret=9", "authentication 9"),
            ("exhaust", "authentication 5"), ("account=13", "account 13"), ("account=12", "account 12"),
            ("batch=33", "authentication 19"),
        ])
    func failures(_ arguments: String, _ outcome: String) throws {
        let broker = broker(arguments)
        defer { broker.stop() }
        let client = try broker.client()
        #expect(try client.outcome("chaos", "bob", "x") == outcome)
        #expect(try client.outcome("fine", "bob", "x") == "ok bob")
    }

    @Test(
        "change nothing for the login where they only spoil their process",
        arguments: [
            "stdout", "environment", "fork", "leak", "thread", "info=Hello", "setuser=bob", "delay=1000000", "batch=32",
            "ctrl",
        ])
    func harmless(_ arguments: String) throws {
        let broker = broker(arguments)
        defer { broker.stop() }
        let client = try broker.client()
        #expect(try client.outcome("chaos", "bob", "x") == "ok bob")
        #expect(try client.outcome("fine", "bob", "x") == "ok bob")
    }

    @Test("tell the account's name with a refusal, and with the question for a new password, as far as it is a name")
    func accountName() throws {
        let services = [
            "alias": "auth required CHAOS setuser=root ret=7", "away": "auth required CHAOS setuser=ROOT ret=9",
            "unknown": "auth required CHAOS setuser=Nobody-Here ret=7",
            "path": "auth required CHAOS setuser=../root ret=7",
            "expired":
                "auth required CHAOS setuser=root\naccount required CHAOS account=12\npassword required CHAOS change=1",
        ]
        let broker = RunningBroker(services)
        defer { broker.stop() }
        let client = try broker.client()
        for (service, name) in [("alias", "root"), ("away", "ROOT"), ("unknown", "Nobody-Here"), ("path", "")] {
            let report = try client.login(service, "bob", "x").report
            guard case .verdict(let verdict) = report else { throw ClientError.gone }
            #expect(verdict.user == name && !verdict.succeeded && verdict.account == nil)
        }
        let (_, challenges) = try client.login("expired", "bob", "x", options: .allowPasswordChange)
        #expect(challenges.map(\.user) == ["root"])
    }

    /// The process that the module has started outside of its group.
    private static func stray(of broker: RunningBroker) -> pid_t? {
        Programs.text(of: broker.directory + "/stray").split(separator: "\n").first.flatMap { pid_t($0) }
    }

    @Test("leave no process behind, neither in their group nor outside")
    func leftBehind() throws {
        let broker = broker("fork setsid=stray")
        defer { broker.stop() }
        #expect(try broker.client().outcome("chaos", "bob", "x") == "ok bob")
        let stray = try #require(Self.stray(of: broker))
        #expect(RunningBroker.eventually { kill(stray, 0) < 0 && broker.children.count == 1 })
    }

    @Test("are killed at the deadline, with the child that left their group", arguments: ["hang", "stubbornhang"])
    func hang(_ way: String) throws {
        let broker = broker("setsid=stray \(way)")
        defer { broker.stop() }
        let client = try broker.client()
        // On a busy machine the time may be over before the module begins.
        for milliseconds in [300, 3000, 30_000] as [Int64] where Self.stray(of: broker) == nil {
            let before = usher_boottime()
            let report = try client.login("chaos", "bob", "x", timeout: .milliseconds(milliseconds)).report
            guard case .failed(_, .timeout) = report else { throw ClientError.gone }
            let time = usher_boottime() - before
            #expect((milliseconds * 1_000_000..<milliseconds * 1_000_000 + 4_700_000_000).contains(time))
        }
        #expect(try client.outcome("fine", "bob", "x") == "ok bob")
        let stray = try #require(Self.stray(of: broker))
        #expect(RunningBroker.eventually { kill(stray, 0) < 0 && broker.children.count == 1 })
    }

    @Test("do not outlive the broker, wherever they went")
    func stopped() throws {
        let broker = broker("setsid=stray prompts=2 hang")
        let client = try broker.client()
        client.start("chaos", "bob", "x")
        _ = try client.receive()
        let stray = try #require(Self.stray(of: broker))
        #expect(kill(stray, 0) == 0)
        #expect(broker.stop() == 0)
        #expect(RunningBroker.eventually { kill(stray, 0) < 0 })
    }

    @Test("ask 16 rounds and no more")
    func rounds() throws {
        let broker = broker("stubborn=100")
        defer { broker.stop() }
        #expect(try broker.client().login("chaos", "bob", "x").challenges.count == PAMLimits.rounds)
    }

    @Test("get 32 messages through in one round; texts wait for the verdict, or are relayed where the service wants")
    func batch() throws {
        let broker = broker("info=First batch=32")
        defer { broker.stop() }
        let client = try broker.client()
        let held = try client.login("chaos", "bob", "x")
        #expect(held.challenges.map(\.prompts.count) == [20])
        guard case .verdict(let verdict) = held.report else { throw ClientError.gone }
        #expect(verdict.texts.count == 12 && verdict.texts.first == PAMPrompt(.info, "First"))
        let relayed = try client.login("chaos", "bob", "x", options: .relayMessages)
        #expect(relayed.challenges.map(\.prompts.count) == [32])
        #expect(relayed.challenges.first?.prompts.first == PAMPrompt(.info, "First"))
    }

    @Test("keep what they say of a refused login to themselves, unless the service relays")
    func heldBack() throws {
        let broker = broker("info=locked delay=20000000 ret=7")
        defer { broker.stop() }
        let client = try broker.client()
        for (options, texts) in [([], []), (.relayMessages, [PAMPrompt(.info, "locked")])]
            as [(PAMOptions, [PAMPrompt])]
        {
            let before = usher_boottime()
            guard case .verdict(let verdict) = try client.login("chaos", "bob", "x", options: options).report else {
                throw ClientError.gone
            }
            #expect(verdict.texts == texts)
            #expect(usher_boottime() - before < 5_000_000_000)
        }
    }

    @Test("cannot put control bytes on a terminal")
    func cleaned() throws {
        let broker = broker("ctrl")
        defer { broker.stop() }
        let prompt = try #require(try broker.client().login("chaos", "bob", nil).challenges.first?.prompts.first)
        #expect(prompt.text.hasPrefix("a[31m\u{FFFD}\nbxxx") && prompt.text.utf8.count == 4095 && !prompt.isCut)
    }

    @Test("change an expired password in the same transaction, where the service allows it")
    func change() throws {
        let broker = broker("prompts=1 account=12 change=2")
        defer { broker.stop() }
        let client = try broker.client()
        let changed = try client.login("chaos", "bob", "x", options: .allowPasswordChange)
        #expect(changed.challenges.map(\.purpose) == [.passwordChange, .passwordChange])
        guard case .verdict(let verdict) = changed.report else { throw ClientError.gone }
        #expect(verdict.phase == .passwordChange && verdict.succeeded && verdict.user == "bob")
        #expect(try client.outcome("chaos", "bob", "x") == "account 12")
    }

    @Test("are asked for credentials where the service wants it, and can say no, not before the account is all right")
    func credentials() throws {
        for (arguments, options, outcome) in [
            ("setcred=17", [], "ok bob"), ("setcred=17", .setCredentials, "credentials 17"),
            ("setcred=0", .setCredentials, "ok bob"), ("account=13 setcred=17", .setCredentials, "account 13"),
        ] as [(String, PAMOptions, String)] {
            let broker = broker(arguments)
            defer { broker.stop() }
            #expect(try broker.client().outcome("chaos", "bob", "x", options: options) == outcome, "\(arguments)")
        }
    }
}
