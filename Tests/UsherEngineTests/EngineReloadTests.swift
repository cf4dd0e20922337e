import Testing
import UsherSessions
import UsherTestKit

@testable import UsherEngine

@Suite("Engine: reload")
struct EngineReloadTests {
    let bench: EngineBench

    init() throws { bench = try EngineBench() }

    /// The bench's configuration with one client's entry changed.
    private func changed(_ name: String, _ change: (inout ClientEntry) -> Void) -> Configuration {
        var configuration = Configuration.bench()
        for index in configuration.clients.indices where configuration.clients[index].name == name {
            change(&configuration.clients[index])
        }
        return configuration
    }

    @Test("with nothing changed closes nobody and ends nothing")
    func same() throws {
        let client = bench.connect()
        let token = try client.create("ann").token
        #expect(try bench.reload(.bench()).closing.isEmpty)
        #expect(client.isValid(token))
    }

    @Test("closes who lost a role, a service, the board or the belief in its addresses, and nobody else")
    func withdrawn() throws {
        let losses: [(String, UInt32, (inout ClientEntry) -> Void)] = [
            ("gateway", Uid.gateway, { $0.roles = .validate }),
            ("gateway", Uid.gateway, { $0.services = ["mail"] }),
            ("validate", Uid.validate, { $0.board = false }),
            ("gateway", Uid.gateway, { $0.relaysSource = false }),
            ("watch", Uid.watch, { $0.subject = .user(1) }),
        ]
        for (name, uid, change) in losses {
            let bench = try EngineBench()
            let (loser, other) = (bench.connect(uid), bench.connect(Uid.admin))
            let reload = try bench.reload(changed(name, change))
            #expect(reload.closing == [loser.id], "\(name)")
            #expect(other.ask("server.ping").result != nil)
        }
    }

    @Test("a service that goes, or moves to another realm, closes who might have used it")
    func services() throws {
        var configuration = Configuration.bench()
        configuration.services.removeAll { $0.name == "vault" }
        configuration.clients.removeAll { $0.name == "vault" }
        let (vault, web) = (bench.connect(Uid.vault), bench.connect(Uid.login))
        #expect(try bench.reload(configuration).closing == [vault.id])
        configuration.services[0].realm = "elsewhere"
        #expect(try bench.reload(configuration).closing.contains(web.id))
    }

    @Test("what is given is there at once, on connections that are open")
    func given() throws {
        let client = bench.connect(Uid.nothing)
        #expect(client.ask("server.stats").reason == "forbidden")
        let reload = try bench.reload(changed("nothing") { $0.roles = .admin })
        #expect(reload.closing.isEmpty && reload.unchanged.isEmpty)
        #expect(client.ask("server.stats").result?["sessions"] == 0)
    }

    @Test("a peer with a role has a share of each turn; all others have one together, until an entry gives them a role")
    func owners() throws {
        func owner(_ uid: UInt32) -> ConnectionOwner {
            bench.engine.owner(of: PeerCredentials(uid: uid, gid: uid, pid: 1, groups: []))
        }
        #expect(owner(Uid.validate).entry == .init(index: 2, isShared: false) && !owner(0).isOutsider)
        #expect(owner(Uid.nothing).isOutsider && owner(Uid.stranger) == ConnectionOwner(user: Uid.stranger))
        _ = try bench.reload(changed("nothing") { $0.roles = .admin })
        #expect(owner(Uid.nothing) == ConnectionOwner(user: Uid.nothing, entry: .init(index: 8, isShared: false)))
    }

    @Test("a range of uids is one user in turns, logins and guesses, as soon as an entry names it")
    func range() throws {
        let uids: ClosedRange<UInt32> = 100_000...165_535
        func owner(_ uid: UInt32) -> ConnectionOwner {
            bench.engine.owner(of: PeerCredentials(uid: uid, gid: uid, pid: 1, groups: []))
        }
        let early = bench.connect(100_004)
        var configuration = Configuration.bench { ($0.logins, $0.loginsPerSource) = (8, 8) }
        configuration.clients.append(
            ClientEntry(name: "range", subject: .users(uids), roles: [.login, .validate], services: ["web"]))
        #expect(try bench.reload(configuration).closing.isEmpty)
        #expect(owner(100_000).user == 100_000 && owner(100_000) == owner(165_535) && !owner(100_000).isOutsider)
        #expect(owner(165_536) == ConnectionOwner(user: 165_536))
        let clients = [early] + (100_000..<100_004).map { bench.connect($0) }
        for (number, client) in clients.enumerated() { client.startLogin("user\(number)") }
        #expect(bench.transactions.count == 3, "half of the places, but for those of known sources")
        #expect(bench.connect(Uid.login).ask("auth.cancel", #"{"transaction":"x"}"#).reason != "busy")
        for number in 0..<100 { #expect(!clients[number % 5].isValid(EngineSessionTests.unknown)) }
        let told = bench.host.entries.filter { if case .tokensRefused(100, _) = $0 { true } else { false } }
        #expect(told.count == 1)
    }

    @Test("a subscriber hears of the realms that it is given, without asking again")
    func subscriber() throws {
        let (client, watcher) = (bench.connect(), bench.connect(Uid.webWatch))
        #expect(watcher.ask("events.subscribe", #"{"kinds":["created"]}"#).result == [:])
        _ = try client.create("ann", service: "vault")
        #expect(watcher.takeInbox().isEmpty)
        #expect(try bench.reload(changed("web watch") { $0.services = nil }).closing.isEmpty)
        _ = try client.create("bob", service: "vault")
        #expect(watcher.takeInbox().map { $0["params"]?["user"] } == ["bob"])
    }

    @Test("names of services and realms that nobody needs any more make room, however often they change")
    func names() throws {
        let client = bench.connect()
        let login = client.startLogin("ann", #","service":"vault""#)
        let token = try client.create("bob", service: "vault").token
        for number in 0..<200 {
            var configuration = Configuration.bench()
            configuration.services[2].realm = "realm\(number)"
            _ = try bench.reload(configuration)
        }
        bench.succeed(bench.lastTransaction, "ann")
        #expect(client.answer(to: login)?.session?["realm"] == "vault")
        #expect(!client.isValid(token), "of a realm that the peer may not use")
        _ = try bench.reload(.bench())
        #expect(client.isValid(token))
    }

    @Test("one whose services do not fit the ledger changes nothing, and leaves none of their names there")
    func full() throws {
        let client = bench.connect()
        var configuration = Configuration.bench()
        for number in 0..<62 {
            configuration.services[2].realm = "held\(number)"
            _ = try bench.reload(configuration)
            _ = try client.create("ann", service: "vault")
        }
        _ = try bench.reload(.bench())
        let before = bench.engine.ledger.usage.labels
        configuration.services += (0..<200).map { Service(name: "new\($0)", realm: $0 < 150 ? "default" : "new\($0)") }
        configuration.limits.sessionsPerUser = 1
        for _ in 0..<2 {
            #expect(throws: LedgerError.self) { try bench.reload(configuration) }
            #expect(bench.engine.ledger.usage.labels == before)
        }
        #expect(client.ask("server.hello").result?["services"] == .array(["web", "mail", "vault"]))
        let (first, second) = (try client.create("bob").token, try client.create("bob").token)
        #expect(client.isValid(first) && client.isValid(second), "the limit is the one from before")
    }

    @Test("names of uid 0 are those of today: no session is issued for them")
    func rootNames() throws {
        let client = bench.connect()
        func isIssued(_ user: String) -> Bool {
            client.ask("session.create", #"{"user":"\#(user)","methods":["pwd"]}"#).reason != "not_permitted"
        }
        #expect(isIssued("admin") && !isIssued("toor"))
        _ = try bench.reload(.bench(), rootNames: ["root", "admin"])
        #expect(!isIssued("admin") && isIssued("toor") && !isIssued("root"))
    }

    @Test("new rules of a service hold for logins from now on, sessions stay")
    func rules() throws {
        let client = bench.connect()
        let token = try client.create("ann").token
        var configuration = Configuration.bench()
        configuration.services[0].absolute = .seconds(7200)
        configuration.services[0].idle = .seconds(60)
        _ = try bench.reload(configuration)
        let (second, session) = try client.create("bob")
        #expect(session["idle_expires"] == .integer(bench.unixNow + 60))
        bench.advance(.seconds(61))
        #expect(client.isValid(token) && !client.isValid(second))
    }

    @Test("limits change, but for those that memory was made by, which are named")
    func limits() throws {
        var configuration = Configuration.bench { $0.sessionsPerUser = 1 }
        configuration.limits.capacity = 9
        configuration.limits.limiterNames = 16
        configuration.pam.socket = "/tmp/elsewhere"
        let reload = try bench.reload(configuration)
        #expect(reload.unchanged == ["limits.capacity", "limits.limiter_names", "pam.socket"])
        let client = bench.connect()
        let first = try client.create("ann").token
        let second = try client.create("ann").token
        #expect(!client.isValid(first) && client.isValid(second))
        #expect(client.ask("server.stats").result?["capacity"] == 512)
    }

    @Test("a login whose peer loses the right to it ends with the connection")
    func loginInProgress() throws {
        let client = bench.connect(Uid.login)
        _ = client.startLogin("ann")
        let reload = try bench.reload(changed("login") { $0.roles = [] })
        #expect(reload.closing == [client.id])
        for id in reload.closing { bench.engine.closed(id) }
        #expect(bench.host.messages.last == .cancel(transaction: 1))
    }
}
