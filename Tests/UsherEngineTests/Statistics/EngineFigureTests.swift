import Testing
import UsherBoard
import UsherPAMWire
import UsherSessions
import UsherTestKit

@testable import UsherEngine

@Suite("Engine: figures")
struct EngineFigureTests {
    private func figure(_ bench: EngineBench, _ name: String) -> Int64? {
        bench.engine.figures.first { $0.name == name }?.value
    }

    @Test("a login is queued until a worker has it, and counted by how it ended")
    func logins() throws {
        let bench = try EngineBench()
        let client = bench.connect()
        _ = client.startLogin("ann")
        _ = client.startLogin("bob")
        #expect(figure(bench, "logins_queued") == 2 && figure(bench, "workers") == 0)
        bench.engine.brokerReported(.started(transaction: 1, worker: 77))
        #expect(figure(bench, "logins_queued") == 1 && figure(bench, "workers") == 1)
        bench.refuse(1)
        #expect(figure(bench, "workers") == 0 && figure(bench, "limiter_failures") == 1)
        bench.fail(2, .timeout)
        bench.runOut()
        #expect(figure(bench, "logins_queued") == 0 && figure(bench, "logins_open") == 0)
        #expect(figure(bench, "logins_denied") == 1 && figure(bench, "logins_timeout") == 1)
        #expect(figure(bench, "logins_refused") == 2)
        let refusal = bench.host.entries.last { if case .loginRefused = $0 { true } else { false } }
        #expect(bench.host.entries.contains { $0.login?.worker == 77 } && refusal != nil)
    }

    @Test("a row for each service counts its sessions and how its logins ended, also after a reload")
    func services() throws {
        let bench = try EngineBench()
        let client = bench.connect()
        _ = try client.create("ann")
        _ = try client.create("ann", service: "vault")
        _ = client.startLogin("bob")
        bench.succeed(1, "bob")
        _ = client.startLogin("eve")
        bench.refuse(2)
        _ = client.startLogin("eve")
        bench.refuse(3, code: 9)
        bench.runOut()
        _ = client.ask("auth.start", #"{"user":"eve","service":"nowhere"}"#)
        let rows = client.ask("server.stats", #"{"by_service":true}"#).result?["services"]?.array ?? []
        func row(_ name: String, _ rows: [JSONValue]) -> [JSONValue?] {
            let row = rows.first { $0["service"]?.text == name }
            return ["realm", "sessions", "logins_succeeded", "logins_refused", "logins_undecided"].map { row?[$0] }
        }
        #expect(rows.count == 3)
        #expect(row("web", rows) == ["default", 2, 1, 2, 1] && row("vault", rows) == ["vault", 1, 0, 0, 0])
        #expect(client.ask("server.stats").result?["services"] == nil)
        _ = try bench.reload(.bench())
        let later = client.ask("server.stats", #"{"by_service":true}"#).result?["services"]?.array ?? []
        #expect(row("web", later) == ["default", 2, 1, 2, 1])
    }

    @Test("the role metrics reads counters and nothing else")
    func role() throws {
        var configuration = Configuration.bench()
        configuration.clients.insert(
            ClientEntry(name: "prometheus", subject: .user(4000), roles: .metrics), at: 0)
        let bench = try EngineBench(configuration)
        let scraper = bench.connect(4000)
        #expect(scraper.ask("server.stats", #"{"by_service":true}"#).result?["uptime"] != nil)
        for method in ["session.list", "limiter.list", "events.subscribe", "session.revoke_all", "auth.start"] {
            #expect(scraper.ask(method, #"{"user":"ann"}"#).reason == "forbidden")
        }
        let refused = bench.connect(Uid.watch).ask("server.stats")
        #expect(refused["error"]?["data"]?["lacks"] == .array(["admin", "metrics"]))
        #expect(ClientEntry.root.roles.contains(.metrics) && !ClientEntry.root.roles.contains(.issue))
    }

    @Test(
        "workers that end without a verdict are counted by how",
        arguments: [
            (.timeout, "workers_timed_out"), (.crashed(signal: 11), "workers_failed"),
            (.exited(status: 1), "workers_failed"), (.protocolViolated, "workers_failed"),
            (.spawnFailed, "workers_not_started"), (.serviceUnknown, "workers_not_started"),
            (.queueFull, "broker_turned_away"), (.busy(retryAfter: .seconds(1)), "broker_turned_away"),
        ] as [(PAMFailure, String)])
    func workerEnds(_ failure: PAMFailure, _ name: String) throws {
        let bench = try EngineBench()
        _ = bench.connect().startLogin("ann")
        bench.fail(1, failure)
        let names = ["workers_timed_out", "workers_failed", "workers_not_started", "broker_turned_away"]
        #expect(names.map { figure(bench, $0) } == names.map { $0 == name ? 1 : 0 })
    }

    @Test(
        "logins of which PAM could not find out who it is are counted apart, and denied",
        arguments: [4, 7, 9, 24] as [Int32])
    func undecided(_ code: Int32) throws {
        let bench = try EngineBench()
        _ = bench.connect().startLogin("ann")
        bench.refuse(1, code: code)
        bench.runOut()
        #expect(figure(bench, "logins_undecided") == (code < 9 ? 0 : 1) && figure(bench, "logins_denied") == 1)
    }

    @Test("the worker's process is told of success as well, and of no login that it did not serve")
    func worker() throws {
        let bench = try EngineBench()
        _ = bench.connect().startLogin("ann")
        bench.engine.brokerReported(.started(transaction: 99, worker: 5))
        bench.engine.brokerReported(.started(transaction: 1, worker: 77))
        bench.succeed(1, "ann")
        let login = try #require(bench.host.entries.last?.login)
        #expect(login.worker == 77 && login.user == "ann")
    }

    @Test("a refused name is told once somebody has logged in under it, or has a session")
    func knownNames() throws {
        let bench = try EngineBench()
        let client = bench.connect()
        func refusedName(_ name: String) throws -> String? {
            _ = client.startLogin(name)
            bench.refuse(bench.lastTransaction)
            bench.runOut()
            return try #require(bench.host.entries.last?.login).user
        }
        #expect(try refusedName("ann") == nil)
        _ = client.startLogin("ann")
        bench.succeed(bench.lastTransaction, "ann")
        #expect(try refusedName("ann") == "ann" && refusedName("hunter2") == nil)
        _ = try client.create("bob")
        #expect(try refusedName("bob") == "bob")
        bench.runOut(.seconds(100_000))
        #expect(try refusedName("ann") == "ann", "a success is remembered beyond the session")
        #expect(try refusedName("bob") == nil)
    }

    @Test("a re-authentication is counted by itself, beside logins and rotations")
    func reauthentications() throws {
        let bench = try EngineBench()
        let client = bench.connect()
        let (token, _) = try client.create("ann")
        let proof = client.send("auth.start", #"{"token":"\#(token)","password":"x"}"#)
        bench.succeed(bench.lastTransaction, "ann")
        #expect(client.answer(to: proof)?.result?["state"] == "complete")
        #expect(figure(bench, "sessions_reauthenticated") == 1 && figure(bench, "sessions_rotated") == 0)
        #expect(figure(bench, "sessions_created") == 1 && figure(bench, "sessions_dropped") == 0)
    }

    @Test("sessions that adoption ended are counted")
    func dropped() throws {
        let bench = try EngineBench { memory, board, geometry in
            let now = LedgerSeconds(9000)
            var earlier = try Ledger(formatting: memory, board: board, geometry: geometry)
            for number in UInt64(1)...3 {
                let made = try earlier.add(TokenDigest(low: number, high: 0), began: now, proved: now, now: now)
                // Two are about to end when the process dies.
                if number < 3 { earlier.board[Int(made.slot)] = BoardEntry(stamp: 2, expiry: .zero) }
            }
            return try Ledger(adopting: memory, board: board, now: now)
        }
        #expect(figure(bench, "sessions") == 1 && figure(bench, "sessions_dropped") == 2)
    }

    @Test("a turn is measured once, for all validations in it")
    func turns() {
        var meter = TurnMeter()
        meter.begin(100)
        #expect(meter.count(103) == 3)
        meter.end(3, nanoseconds: 10_000)
        meter.end(1, nanoseconds: 10_001)
        meter.end(2, nanoseconds: 1_000_000_000)
        let figures = Dictionary(uniqueKeysWithValues: meter.figures.map { ($0.name, $0.value) })
        #expect(figures["validate_within_10us"] == 3 && figures["validate_within_25us"] == 4)
        #expect(figures["validate_within_100000us"] == 4 && figures["validate_measured"] == 6)
        #expect(figures["validate_nanoseconds"] == 2_000_040_001)
        #expect(figures["validate_longest_nanoseconds"] == 1_000_000_000)
    }

    @Test("the limiter's size is that of its memory, whatever the configuration says meanwhile")
    func limiterSize() throws {
        let bench = try EngineBench(.bench { $0.limiterNames = 8 })
        #expect(figure(bench, "limiter_names") == Int64(EngineBench.limiterNames))
    }

    @Test("a subscriber who is too far behind is counted, and told to the journal with who it is")
    func cutOff() throws {
        let bench = try EngineBench()
        let (client, watcher) = (bench.connect(), bench.connect(Uid.watch))
        _ = watcher.ask("events.subscribe")
        #expect(figure(bench, "subscribers_cut_off") == 0)
        bench.host.inboxLimit = 0
        _ = try client.create("ann")
        #expect(figure(bench, "subscribers_cut_off") == 1 && figure(bench, "subscribers") == 0)
        guard case .cutOff("events", let peer) = bench.host.entries.last else {
            return #expect(Bool(false), "\(bench.host.entries)")
        }
        #expect(peer.uid == Uid.watch)
    }

    @Test("every figure stands in the protocol's page, and in the schema")
    func documented() throws {
        let bench = try EngineBench()
        let all = bench.engine.figures
        let (page, schema) = (File.text("protocol/PROTOCOL.md"), File.text("protocol/schema/server.json"))
        for figure in all {
            #expect(page.contains("`\(figure.name)`"), "\(figure.name)")
            #expect(schema.contains("\"\(figure.name)\""), "\(figure.name)")
        }
        #expect(Set(all.map(\.name)).count == all.count)
    }
}

extension JournalEntry {
    /// Whose login ended, and in which worker, as far as it is told.
    fileprivate var login: (user: String?, worker: Int32?)? {
        switch self {
        case .loggedIn(let user, _, _, _, let worker, _, _): (user, worker)
        case .loginRefused(let user, _, _, _, let worker, _, _): (user, worker)
        default: nil
        }
    }
}
