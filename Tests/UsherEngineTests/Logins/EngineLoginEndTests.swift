import Testing
import UsherEngine
import UsherLogin
import UsherNames
import UsherPAMWire
import UsherTestKit

/// Every login without a session is counted, journaled and told to subscribers, once, whichever way it ended.
@Suite("Engine: how logins end without a session")
struct EngineLoginEndTests {
    // MARK: Refused at their start

    /// A login that is refused before PAM is asked.
    struct Start: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let reason: String
        var figure: String?
        var uid = Uid.all
        var service = "web"
        var params = #"{"user":"ann","password":"x"}"#
        /// What an event says; nil where there is none to hear it.
        var realm: String? = "default"
        var prepare: @Sendable (EngineBench) throws -> Void = { _ in }

        static let all = [
            Start(testDescription: "the daemon ends", reason: "unavailable") { $0.engine.drain() },
            Start(testDescription: "the ledger is full", reason: "quota_exceeded", figure: "failed_otherwise") {
                try $0.fillLedger(64)
            },
            Start(testDescription: "the table is full", reason: "busy") {
                let other = $0.connect()
                for _ in 0..<4 { other.send("auth.start", #"{"user":"ann"}"#) }
            },
            Start(
                testDescription: "a service of another realm that the peer may not use", reason: "unknown_service",
                figure: "failed_otherwise", uid: Uid.login, service: "vault",
                params: #"{"user":"ann","service":"vault"}"#, realm: "vault"),
            Start(
                testDescription: "a service that is not configured", reason: "unknown_service",
                figure: "failed_otherwise", uid: Uid.login, service: "x", params: #"{"user":"ann","service":"x"}"#),
        ]
    }

    @Test("a login that is refused at its start is counted, journaled and told", arguments: Start.all)
    func start(_ test: Start) throws {
        let bench = try EngineBench(.bench { $0.capacity = 64 })
        try test.prepare(bench)
        let watcher = bench.subscriber()
        let client = bench.connect(test.uid)
        let before = bench.host.entries.count
        #expect(client.ask("auth.start", test.params).reason == test.reason)
        let stats = watcher.ask("server.stats").result
        #expect(stats?["logins_refused"] == 1 && stats?["logins_\(test.figure ?? test.reason)"] == 1)
        #expect(
            bench.host.entries.dropFirst(before) == [
                .loginRefused(
                    user: nil, service: test.service, reason: test.reason, pam: nil, worker: nil, peer: test.uid,
                    from: .peer(test.uid))
            ])
        #expect(
            watcher.takeEvents() == [
                "refused \(test.realm ?? "") \(test.service)  \(test.reason)"
            ])
    }

    @Test("a token that is none is counted as that, and is no login")
    func refusedToken() throws {
        let bench = try EngineBench()
        let client = bench.connect()
        _ = client.ask("auth.start", #"{"token":"\#(EngineSessionTests.unknown)"}"#)
        let stats = client.ask("server.stats").result
        #expect(stats?["logins_refused"] == 0 && stats?["tokens_refused"] == 1 && bench.host.entries.isEmpty)
    }

    // MARK: Names and origins

    @Test(
        "a name that PAM has proven stands in the journal, whatever became of the login",
        arguments: [
            (.account, 13, "ada"), (.passwordChange, 12, "ada"), (.account, 10, "ada"), (.authentication, 7, nil),
            (.authentication, 10, nil), (.credentials, 17, "ada"),
        ] as [(PAMVerdict.Phase, Int32, String?)])
    func provenNames(_ phase: PAMVerdict.Phase, _ code: Int32, _ name: String?) throws {
        let bench = try EngineBench()
        bench.connect(Uid.gateway).startLogin("ADA", #","context":{"remote_ip":"::ffff:192.0.2.7"}"#)
        bench.refuse(1, phase, code: code, user: "ada")
        bench.runOut()
        let told = bench.host.entries.compactMap { entry -> (String?, LoginOrigin)? in
            if case .loginRefused(let user, _, _, _, _, _, let origin) = entry { (user, origin) } else { nil }
        }
        #expect(told.count == 1 && told.first?.0 == name)
        #expect(told.first?.1 == LoginOrigin(client: "gateway", source: "192.0.2.7"))
    }

    @Test("a name that is proven by the question for a new password stands there, and one that is withheld does not")
    func provenByQuestion() throws {
        let bench = try EngineBench(.bench(rules: LoginRules(allowsPasswordChange: true)))
        let client = bench.connect()
        client.startLogin("ADA")
        bench.challenge(1, [PAMPrompt(.secret, "New password: ")], .passwordChange, user: "ada")
        client.close()
        bench.runOut(.seconds(200))
        let names = bench.host.entries.compactMap { entry -> String? in
            if case .loginRefused(let user, _, _, _, _, _, _) = entry { user } else { nil }
        }
        #expect(names == ["ada"])
    }

    @Test("subscribers hear where a refused login came from")
    func origins() throws {
        let bench = try EngineBench()
        let watcher = bench.subscriber()
        let gateway = bench.connect(Uid.gateway)
        gateway.startLogin("eve", #","context":{"remote_ip":"192.0.2.7"}"#)
        bench.refuse(1)
        bench.runOut()
        let tool = bench.connect(Uid.login)
        tool.startLogin("eve", #","context":{"remote_ip":"198.51.100.1"}"#)
        bench.refuse(2)
        bench.runOut()
        let events = watcher.takeInbox().compactMap { $0["params"] }
        #expect(events.map { $0["source"] } == ["192.0.2.7", nil])
        #expect(events.map { $0["client"] } == ["gateway", "login"])
    }

    // MARK: Given up

    /// A login that nobody waits for any more.
    struct GivenUp: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let reason: String
        var pam: String?
        /// Whether it is at its end only when its refusal would have left, or later.
        var isLater = true
        let steps: @Sendable (EngineBench, Client) throws -> Void

        static let all = [
            GivenUp(testDescription: "a guess, then the client left", reason: "cancelled") { _, client in
                client.startLogin("ann")
                client.close()
            },
            GivenUp(
                testDescription: "a refusal that waits, then the client left", reason: "denied", pam: "authentication 7"
            ) { bench, client in
                client.startLogin("ann")
                bench.refuse(1)
                client.close()
            },
            GivenUp(
                testDescription: "a refusal that waits, and another verdict", reason: "denied", pam: "authentication 7"
            ) { bench, client in
                client.startLogin("ann")
                bench.refuse(1)
                bench.succeed(1, "ann")
                bench.refuse(1, .account, code: 13)
                client.close()
            },
            GivenUp(testDescription: "no guess, then the client left", reason: "cancelled", isLater: false) {
                _, client in
                client.send("auth.start", #"{"user":"ann"}"#)
                client.close()
            },
            GivenUp(testDescription: "a cancel while a person is asked", reason: "cancelled", isLater: false) {
                _, client in
                let transaction = try client.asked()
                _ = client.ask("auth.cancel", #"{"transaction":"\#(transaction)"}"#)
            },
            GivenUp(testDescription: "a person who never answers", reason: "timeout") { _, client in
                _ = try client.asked()
            },
        ]
    }

    @Test("a login that nobody waits for any more is counted, journaled and told all the same", arguments: GivenUp.all)
    func givenUp(_ test: GivenUp) throws {
        let bench = try EngineBench()
        let watcher = bench.subscriber()
        try test.steps(bench, bench.connect(Uid.login))
        #expect(bench.host.entries.isEmpty == test.isLater)
        bench.runOut(.seconds(200))
        #expect(
            bench.host.entries == [
                .loginRefused(
                    user: nil, service: "web", reason: test.reason, pam: test.pam, worker: nil, peer: Uid.login,
                    from: .peer(Uid.login))
            ])
        #expect(watcher.takeEvents() == ["refused default web  \(test.reason)"])
        let stats = watcher.ask("server.stats").result
        #expect(stats?["logins_refused"] == 1 && stats?["logins_\(test.reason)"] == 1)
        #expect(stats?["logins_open"] == 0 && bench.host.deadline == nil)
    }

    @Test(
        "fifty guesses of clients that close before their answer stand in journal, events and counters",
        arguments: [true, false])
    func fiftyGuesses(_ isDecided: Bool) throws {
        let bench = try EngineBench()
        let watcher = bench.subscriber()
        for number in 0..<50 {
            let client = bench.connect(Uid.login)
            client.startLogin("user\(number)")
            if isDecided { bench.refuse(bench.lastTransaction) }
            client.close()
            bench.runOut()
        }
        let refused = bench.host.entries.filter { if case .loginRefused = $0 { true } else { false } }
        #expect(refused.count == 50 && watcher.takeEvents().count == 50 && bench.transactions.count == 50)
        let stats = watcher.ask("server.stats").result
        #expect(stats?["logins_refused"] == 50 && stats?["logins_\(isDecided ? "denied" : "cancelled")"] == 50)
        #expect(stats?["limiter_failures"] == 50)
    }

    @Test("who closes and connects again guesses no faster than who waits")
    func reconnecting() throws {
        let bench = try EngineBench()
        let start = bench.now
        var taken = 0
        while bench.now - start < .seconds(9) {
            let client = bench.connect(Uid.gateway)
            client.startLogin("user\(taken)", #","context":{"remote_ip":"192.0.2.1"}"#)
            if client.takeInbox().isEmpty { taken += 1 }
            client.close()
            bench.advance(.milliseconds(50))
            bench.engine.tick()
        }
        #expect(taken == 4 * 9, "four a floor")
    }

    @Test("a cancel that the broker cannot take is sent until it takes it, and not after its connection has ended")
    func owedCancel() throws {
        let bench = try EngineBench()
        for isLost in [false, true] {
            let client = bench.connect()
            client.send("auth.start", #"{"user":"ann"}"#)
            let transaction = bench.lastTransaction
            bench.challenge(transaction, [PAMPrompt(.secret, "Password: ")])
            bench.host.brokerRoom = 0
            client.close()
            bench.engine.tick()
            #expect(bench.host.messages.last != .cancel(transaction: transaction))
            if isLost { bench.engine.brokerLost() }
            bench.host.brokerRoom = .max
            _ = bench.tickAtDeadline()
            #expect((bench.host.messages.last == .cancel(transaction: transaction)) == !isLost)
            #expect(bench.host.messages.count { $0 == .cancel(transaction: transaction) } == (isLost ? 0 : 1))
        }
    }
}

extension EngineBench {
    /// A subscriber to refused logins, of all realms.
    fileprivate func subscriber() -> Client {
        let client = connect()
        _ = client.ask("events.subscribe", #"{"kinds":["refused"]}"#)
        return client
    }
}

extension Client {
    /// A login of this client that waits for a person's answer.
    fileprivate func asked() throws -> String {
        let login = send("auth.start", #"{"user":"ann"}"#)
        bench.challenge(bench.lastTransaction, [EngineLoginTests.password])
        return try #require(answer(to: login)?.result?["transaction"]?.text)
    }

    /// The events that came since, as lines.
    fileprivate func takeEvents() -> [String] {
        takeInbox().compactMap { $0["params"] }.map { event in
            ["kind", "realm", "service", "user", "reason"].map { event[$0]?.text ?? "" }.joined(separator: " ")
        }
    }
}
