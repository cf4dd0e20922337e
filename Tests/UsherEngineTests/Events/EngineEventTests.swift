import Testing
import UsherEngine
import UsherTestKit

@Suite("Engine: events")
struct EngineEventTests {
    let bench: EngineBench
    let client: Client

    init() throws {
        bench = try EngineBench()
        client = bench.connect()
    }

    /// A new connection that has subscribed.
    private func subscriber(_ uid: UInt32 = Uid.all, _ params: String = "{}") -> Client {
        let client = bench.connect(uid)
        #expect(client.ask("events.subscribe", params).result == [:])
        return client
    }

    /// An event about a session.
    private func event(_ kind: String, _ reason: String, _ session: JSONValue) -> JSONValue {
        var params: [String: JSONValue] = ["kind": .text(kind), "reason": .text(reason), "at": .integer(bench.unixNow)]
        for name in ["handle", "realm", "service", "user"] { params[name] = session[name] }
        return ["jsonrpc": "2.0", "method": "event", "params": .object(params)]
    }

    // MARK: What is told

    @Test("each way that a session begins, changes or ends is told, whole")
    func kinds() throws {
        let watcher = subscriber(Uid.watch)
        func expect(_ kind: String, _ reason: String, _ session: JSONValue) {
            #expect(watcher.takeInbox() == [event(kind, reason, session)])
        }
        let (token, session) = try client.create("ann")
        expect("created", "issue", session)
        _ = client.ask("session.update", #"{"token":"\#(token)","data":{"a":"b"}}"#)
        expect("updated", "request", session)
        let rotated = client.ask("session.rotate", #"{"token":"\#(token)"}"#).result?["token"]?.text ?? ""
        expect("rotated", "request", session)
        let proof = client.send("auth.start", #"{"token":"\#(rotated)","password":"x"}"#)
        bench.succeed(bench.lastTransaction, "ann")
        expect("rotated", "login", session)
        let proven = client.answer(to: proof)?.result?["token"]?.text ?? ""
        _ = client.ask("session.revoke", #"{"token":"\#(proven)"}"#)
        expect("revoked", "request", session)
    }

    @Test("a login is told as created, and every session of revoke_all as revoked")
    func login() throws {
        let request = client.startLogin("ann")
        let watcher = subscriber()
        bench.succeed(bench.lastTransaction, "ann")
        let first = try #require(client.answer(to: request)?.session)
        #expect(watcher.takeInbox() == [event("created", "login", first)])
        let (_, second) = try client.create("ann", service: "mail")
        _ = watcher.takeInbox()
        _ = client.ask("session.revoke_all", #"{"user":"ann"}"#)
        let told = watcher.takeInbox()
        #expect(told.count == 2 && [first, second].allSatisfy { told.contains(event("revoked", "request", $0)) })
    }

    @Test("what did not happen is not told")
    func nothing() throws {
        let (token, _) = try client.create("ann")
        let watcher = subscriber()
        _ = client.isValid(token)
        _ = client.ask("session.touch", #"{"tokens":["\#(token)"]}"#)
        _ = client.ask("session.revoke", #"{"handle":"h_AAAATRI0VniavN7w"}"#)
        _ = client.ask("session.rotate", #"{"token":"\#(EngineSessionTests.unknown)"}"#)
        _ = client.ask("session.update", #"{"token":"\#(token)","data":{},"if_version":7}"#)
        _ = client.ask("session.create", #"{"user":"root","methods":["pwd"]}"#)
        #expect(watcher.takeInbox().isEmpty)
    }

    @Test("a session that makes room is told as revoked for a quota, before the new one")
    func quota() throws {
        let bench = try EngineBench(.bench { $0.sessionsPerUser = 1 })
        let client = bench.connect()
        let (_, old) = try client.create("ann")
        let watcher = bench.connect()
        _ = watcher.ask("events.subscribe")
        _ = try client.create("ann")
        let events = watcher.takeInbox().map { $0["params"] }
        #expect(events.map { $0?["kind"] } == ["revoked", "created"])
        #expect(events.first??["reason"] == "quota" && events.first??["handle"] == old["handle"])
    }

    @Test(
        "an expiry is told at the second in which the session ends, used or not",
        arguments: [(0, 60, "idle"), (5, 210, "idle"), (19, 600, "absolute")])
    func expiry(_ uses: Int, _ end: Int64, _ reason: String) throws {
        let (token, session) = try client.create("ann", service: "mail")
        let watcher = subscriber()
        for _ in 0..<uses {
            bench.advance(.seconds(30))
            bench.engine.tick()
            #expect(client.isValid(token) && watcher.takeInbox().isEmpty)
        }
        while bench.host.inbox[watcher.id]?.isEmpty != false, bench.tickAtDeadline() != nil {}
        #expect(.integer(bench.unixNow - end) == session["created"])
        #expect(watcher.takeInbox() == [event("expired", reason, session)])
        #expect(bench.host.deadline == nil, "an engine with nothing in it asks to be woken")
    }

    // MARK: Who is told

    @Test("a watcher hears of the realms of its entry alone")
    func realms() throws {
        let all = subscriber(Uid.watch)
        let webOnly = subscriber(Uid.webWatch)
        _ = try client.create("ann", service: "vault")
        #expect(all.takeInbox().count == 1 && webOnly.takeInbox().isEmpty)
        _ = try client.create("ann", service: "mail")
        #expect(all.takeInbox().count == 1 && webOnly.takeInbox().count == 1)
    }

    @Test("refused logins are for admins, without a name under which nobody has logged in, as in the journal")
    func refused() throws {
        let admin = subscriber(Uid.all, #"{"kinds":["refused"]}"#)
        let other = subscriber(Uid.all, #"{"kinds":["refused"],"user":"ann"}"#)
        let watcher = subscriber(Uid.watch)
        _ = client.startLogin("mysecretpassword")
        bench.refuse(bench.lastTransaction)
        bench.runOut()
        let params: JSONValue = [
            "kind": "refused", "realm": "default", "service": "web", "reason": "denied", "client": "all",
            "at": .integer(bench.unixNow),
        ]
        #expect(admin.takeInbox() == [["jsonrpc": "2.0", "method": "event", "params": params]])
        #expect(watcher.takeInbox().isEmpty && other.takeInbox().isEmpty)
        _ = client.startLogin("ann")
        bench.succeed(bench.lastTransaction, "ann")
        _ = client.startLogin("ann")
        bench.refuse(bench.lastTransaction)
        bench.runOut()
        for inbox in [admin.takeInbox(), other.takeInbox()] {
            #expect(inbox.map { $0["params"]?["user"] } == ["ann"])
        }
        #expect(watcher.ask("events.subscribe", #"{"kinds":["refused"]}"#).reason == "forbidden")
        #expect(watcher.ask("events.subscribe", #"{"kinds":["created","gap"]}"#).result == [:])
    }

    @Test("kinds and user choose")
    func filters() throws {
        let kinds = subscriber(Uid.watch, #"{"kinds":["revoked","expired"]}"#)
        let user = subscriber(Uid.watch, #"{"user":"b\u006fb"}"#)
        let both = subscriber(Uid.watch, #"{"kinds":["revoked"],"user":"bob"}"#)
        let none = subscriber(Uid.watch, #"{"kinds":[]}"#)
        for name in ["ann", "bob", "bobby"] {
            let (token, _) = try client.create(name)
            _ = client.ask("session.revoke", #"{"token":"\#(token)"}"#)
        }
        func heard(_ client: Client) -> [String] {
            client.takeInbox().map { "\($0["params"]?["kind"]?.text ?? "") \($0["params"]?["user"]?.text ?? "")" }
        }
        #expect(heard(kinds) == ["revoked ann", "revoked bob", "revoked bobby"])
        #expect(heard(user) == ["created bob", "revoked bob"])
        #expect(heard(both) == ["revoked bob"] && heard(none).isEmpty)
    }

    @Test(
        "subscribe needs the role and right parameters",
        arguments: [
            (Uid.admin, "{}", "forbidden"), (Uid.stranger, "{}", "forbidden"), (Uid.watch, "[]", "invalid_params"),
            (Uid.watch, #"{"kinds":["x"]}"#, "invalid_params"), (Uid.watch, #"{"kinds":null}"#, "invalid_params"),
            (Uid.watch, #"{"user":"a/b"}"#, "invalid_params"),
        ])
    func refusals(_ uid: UInt32, _ params: String, _ reason: String) throws {
        let refused = bench.connect(uid)
        #expect(refused.ask("events.subscribe", params).reason == reason)
        _ = try client.create("ann")
        #expect(refused.takeInbox().isEmpty)
    }

    @Test("subscribing again replaces what was asked for, and takes no second place")
    func again() throws {
        let bench = try EngineBench(.bench { $0.subscribers = 2 })
        let (client, first, second) = (bench.connect(), bench.connect(), bench.connect(Uid.watch))
        for _ in 0..<5 { #expect(first.ask("events.subscribe").result == [:]) }
        #expect(second.ask("events.subscribe").result == [:])
        let refusal = client.ask("events.subscribe")
        #expect(refusal.reason == "busy" && refusal["error"]?["data"]?["retry_after_ms"] == 1000)
        #expect(first.ask("events.subscribe", #"{"kinds":["revoked"]}"#).result == [:])
        _ = try client.create("ann")
        #expect(first.takeInbox().isEmpty && second.takeInbox().count == 1)
        second.close()
        #expect(bench.connect(Uid.watch).ask("events.subscribe").result == [:])
    }

    @Test("one user takes at most half of the places, a range of uids being one, and all leave an eighth to root")
    func shares() throws {
        var configuration = Configuration.bench { $0.subscribers = 16 }
        configuration.clients.append(ClientEntry(name: "range", subject: .users(100_000...165_535), roles: .watch))
        let bench = try EngineBench(configuration)
        func subscribe(_ uid: UInt32) -> Bool { bench.connect(uid).ask("events.subscribe").result == [:] }
        #expect((0..<10).count { subscribe(100_000 + $0) } == 8)
        #expect((0..<10).count { _ in subscribe(Uid.watch) } == 6)
        #expect(!subscribe(Uid.all))
        #expect((0..<10).count { _ in subscribe(0) } == 2)
    }

    // MARK: Who falls behind

    @Test("who is too far behind gets gap and is sent away; others go on")
    func gap() throws {
        let (slow, other) = (subscriber(), subscriber(Uid.watch, #"{"user":"bob"}"#))
        bench.host.inboxLimit = 3
        for _ in 0..<5 { _ = try client.create("ann") }
        _ = try client.create("bob")
        let events = slow.takeInbox().map { $0["params"] }
        #expect(events.map { $0?["kind"] } == ["created", "created", "created", "gap"])
        #expect(events.last == ["kind": "gap", "at": .integer(bench.unixNow)])
        #expect(bench.host.dismissed == [slow.id] && other.takeInbox().count == 1)
        _ = try client.create("ann")
        #expect(slow.takeInbox().isEmpty)
    }

    @Test("ends that come all at once are told no faster than a reader can take them, in bounded ticks")
    func manyEnds() throws {
        let bench = try EngineBench(.bench { ($0.capacity, $0.sessionsPerUser) = (4096, 4096) })
        let client = bench.connect()
        for number in 0..<3000 { _ = try client.create("user\(number % 7)", service: "mail") }
        let watcher = bench.connect()
        _ = watcher.ask("events.subscribe")
        bench.advance(.seconds(60))
        let start = bench.now
        var told = 0
        while told < 3000, bench.host.deadline != nil {
            let waited = try #require(bench.tickAtDeadline())
            #expect(told == 0 || waited >= .milliseconds(1))
            let events = watcher.takeInbox().count
            #expect(events <= 128)
            told += events
        }
        #expect(told == 3000 && bench.host.dismissed.isEmpty)
        #expect(bench.now - start < .milliseconds(100))
    }
}
