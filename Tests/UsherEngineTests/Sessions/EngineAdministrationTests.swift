import Testing
import UsherEngine
import UsherSessions
import UsherTestKit

@Suite("Engine: listing and revoking")
struct EngineAdministrationTests {
    let bench: EngineBench
    let client: Client
    /// Two sessions of ann and one of bob in `default`, one of ann in `vault`.
    let ann: (token: String, session: JSONValue)
    let second: (token: String, session: JSONValue)
    let bob: (token: String, session: JSONValue)
    let vault: (token: String, session: JSONValue)

    init() throws {
        bench = try EngineBench()
        client = bench.connect()
        ann = try client.create("ann")
        second = try client.create("ann", service: "mail")
        bob = try client.create("bob")
        vault = try client.create("ann", service: "vault")
    }

    private func handle(_ made: (token: String, session: JSONValue)) -> String {
        made.session["handle"]?.text ?? ""
    }

    private func handles(_ answer: JSONValue) -> Set<String> {
        Set(answer.result?["sessions"]?.array?.compactMap { $0["handle"]?.text } ?? [])
    }

    private var valid: [Bool] {
        [ann, second, bob, vault].map { client.isValid($0.token, touch: false) }
    }

    // MARK: list

    @Test("list shows the token's user in its realm, or what an admin may see of a user")
    func list() {
        let own = bench.connect(Uid.validate).ask("session.list", #"{"token":"\#(ann.token)"}"#)
        #expect(handles(own) == [handle(ann), handle(second)])
        #expect(own.result?["next"] == nil)
        #expect(own.result?["sessions"]?.array?.allSatisfy { $0["data"] == nil && $0["user"] == "ann" } == true)
        let admin = bench.connect(Uid.admin).ask("session.list", #"{"user":"ann"}"#)
        #expect(handles(admin) == [handle(ann), handle(second)])
        #expect(handles(bench.connect(Uid.vault).ask("session.list", #"{"user":"ann"}"#)) == [handle(vault)])
        #expect(handles(client.ask("session.list", #"{"user":"ann"}"#)).count == 3)
        #expect(client.ask("session.list", #"{"user":"nobody"}"#).result?["sessions"] == .array([]))
    }

    @Test(
        "list refuses",
        arguments: [
            (#"{"token":"\#(EngineSessionTests.unknown)"}"#, "no_such_session"), (#"{}"#, "invalid_params"),
            (#"{"user":"ann","cursor":"x"}"#, "invalid_params"), (#"{"user":"ann","cursor":"-1"}"#, "invalid_params"),
            (#"{"user":"ann","cursor":"4294967296"}"#, "invalid_params"),
            (#"{"user":"ann","cursor":""}"#, "invalid_params"),
        ])
    func listRefusals(_ params: String, _ reason: String) {
        #expect(client.ask("session.list", params).reason == reason)
    }

    @Test("a cursor of nowhere shows nothing wrong")
    func strayCursors() {
        for cursor in ["0", "511", "512", "4294967295"] {
            let answer = client.ask("session.list", #"{"user":"ann","cursor":"\#(cursor)"}"#)
            #expect(answer.result != nil, "\(cursor): \(answer)")
        }
    }

    @Test("pages of a long list show every session once, also while sessions end")
    func pages() throws {
        let bench = try EngineBench(.bench { $0.sessionsPerUser = 300 })
        let client = bench.connect()
        var made: Set<String> = []
        for _ in 0..<250 { made.insert(try #require(client.create("ann").session["handle"]?.text)) }
        var (seen, params, pages): (Set<String>, String, Int) = ([], #"{"user":"ann"}"#, 0)
        while true {
            let page = client.ask("session.list", params)
            let shown = handles(page)
            #expect(shown.count <= 100 && seen.isDisjoint(with: shown))
            seen.formUnion(shown)
            pages += 1
            guard let next = page.result?["next"]?.text else { break }
            let ended = try #require(shown.first)
            #expect(client.ask("session.revoke", #"{"handle":"\#(ended)"}"#).result == .object(["revoked": 1]))
            params = #"{"user":"ann","cursor":"\#(next)"}"#
        }
        #expect(seen == made && pages == 3)
    }

    @Test("a page of large sessions ends where the frame is full")
    func largePages() throws {
        let bench = try EngineBench(.bench { $0.capacity = 8192 })
        let client = bench.connect()
        let text = String(repeating: "x", count: 1000)
        for _ in 0..<80 {
            let params = #"{"user":"ann","methods":["pwd"],"context":{"user_agent":"\#(text)"}}"#
            #expect(client.ask("session.create", params).result != nil)
        }
        let first = client.ask("session.list", #"{"user":"ann"}"#)
        let next = try #require(first.result?["next"]?.text)
        let second = client.ask("session.list", #"{"user":"ann","cursor":"\#(next)"}"#)
        #expect(handles(first).count > 40 && handles(first).union(handles(second)).count == 80)
    }

    @Test("list of all shows everybody in the realms of an admin, or in one of them")
    func listAll() {
        #expect(handles(client.ask("session.list", #"{"all":true}"#)).count == 4)
        let admin = bench.connect(Uid.admin)
        #expect(handles(admin.ask("session.list", #"{"all":true}"#)) == [handle(ann), handle(second), handle(bob)])
        #expect(handles(client.ask("session.list", #"{"all":true,"realm":"vault"}"#)) == [handle(vault)])
        for (peer, realm) in [(client, "nowhere"), (admin, "vault")] {
            let answer = peer.ask("session.list", #"{"all":true,"realm":"\#(realm)"}"#)
            #expect(answer.reason == "invalid_params")
        }
        for uid in [Uid.validate, Uid.watch] {
            #expect(bench.connect(uid).ask("session.list", #"{"all":true}"#).reason == "forbidden")
            #expect(bench.connect(uid).ask("session.revoke_all", #"{"all":true}"#).reason == "forbidden")
        }
    }

    @Test("pages of everybody's sessions show each once")
    func pagesOfAll() throws {
        let bench = try EngineBench(.bench { $0.sessionsPerUser = 300 })
        let client = bench.connect()
        var made: Set<String> = []
        for index in 0..<250 {
            made.insert(try #require(client.create("user\(index)").session["handle"]?.text))
        }
        var (seen, cursor, pages) = (Set<String>(), "", 0)
        repeat {
            let page = client.ask("session.list", #"{"all":true\#(cursor)}"#)
            seen.formUnion(handles(page))
            cursor = page.result?["next"]?.text.map { #","cursor":"\#($0)""# } ?? ""
            pages += 1
        } while !cursor.isEmpty && pages < 10
        #expect(seen == made && pages >= 3)
    }

    // MARK: revoke

    @Test("revoke_all of all ends everybody's sessions and logins in the realms of an admin")
    func revokeEverybody() {
        let other = bench.connect()
        let (login, apart) = (other.startLogin("eve"), other.startLogin("eve", #","service":"vault""#))
        let admin = bench.connect(Uid.admin)
        let answer = admin.ask("session.revoke_all", #"{"all":true,"except":"\#(handle(bob))"}"#)
        #expect(answer.result == .object(["revoked": 2]))
        #expect(valid == [false, false, true, true])
        #expect(other.answer(to: login)?.reason == "cancelled" && other.answer(to: apart) == nil)
        let entry = bench.host.entries.last { if case .endedAll = $0 { true } else { false } }
        if case .endedAll(_, let count, let user, let peer) = entry {
            #expect(count == 2 && user == nil && peer?.uid == Uid.admin)
        } else {
            Issue.record("no entry in the journal")
        }
        #expect(client.ask("session.revoke_all", #"{"all":true,"realm":"vault"}"#).result == .object(["revoked": 1]))
        #expect(valid == [false, false, true, false])
        #expect(client.ask("session.revoke_all", #"{"all":true,"cursor":"x"}"#).reason == "invalid_params")
    }

    @Test("revoke ends the token's session, or another one of its user")
    func revokeOwn() {
        let peer = bench.connect(Uid.validate)
        #expect(peer.ask("session.revoke", #"{"token":"\#(ann.token)"}"#).result == .object(["revoked": 1]))
        #expect(valid == [false, true, true, true])
        #expect(peer.ask("session.revoke", #"{"token":"\#(ann.token)"}"#).result == .object(["revoked": 0]))
    }

    @Test("revoke by token and handle ends sessions of the same user and realm only")
    func revokeOther() {
        let peer = bench.connect()
        for other in [bob, vault] {
            let params = #"{"token":"\#(ann.token)","handle":"\#(handle(other))"}"#
            #expect(peer.ask("session.revoke", params).result == .object(["revoked": 0]))
        }
        #expect(valid == [true, true, true, true])
        let params = #"{"token":"\#(ann.token)","handle":"\#(handle(second))"}"#
        #expect(peer.ask("session.revoke", params).result == .object(["revoked": 1]))
        #expect(valid == [true, false, true, true])
    }

    @Test("revoke with a token that is nothing ends nothing, whatever the handle")
    func revokeUnknown() {
        let params = #"{"token":"\#(EngineSessionTests.unknown)","handle":"\#(handle(bob))"}"#
        #expect(client.ask("session.revoke", params).result == .object(["revoked": 0]))
        #expect(valid == [true, true, true, true])
    }

    @Test("an admin revokes by handle within its realms")
    func revokeByHandle() {
        let admin = bench.connect(Uid.admin)
        #expect(admin.ask("session.revoke", #"{"handle":"\#(handle(vault))"}"#).result == .object(["revoked": 0]))
        #expect(admin.ask("session.revoke", #"{"handle":"\#(handle(bob))"}"#).result == .object(["revoked": 1]))
        #expect(valid == [true, true, false, true])
    }

    @Test("once a revocation has answered, no connection hears yes")
    func everywhere() throws {
        let others = (0..<8).map { _ in bench.connect(Uid.validate) }
        for other in others { #expect(other.isValid(ann.token)) }
        _ = bench.connect(Uid.admin).ask("session.revoke", #"{"handle":"\#(handle(ann))"}"#)
        for other in others { #expect(!other.isValid(ann.token)) }
        for (method, params) in [
            ("session.rotate", #"{"token":"\#(ann.token)"}"#),
            ("session.update", #"{"token":"\#(ann.token)","data":{}}"#),
            ("session.list", #"{"token":"\#(ann.token)"}"#), ("session.revoke_all", #"{"token":"\#(ann.token)"}"#),
            ("auth.start", #"{"token":"\#(ann.token)","password":"x"}"#),
        ] {
            #expect(client.ask(method, params).reason == "no_such_session", "\(method)")
        }
    }

    // MARK: revoke_all

    @Test("revoke_all ends the user's sessions in the token's realm, but for one")
    func revokeAllOwn() {
        let peer = bench.connect(Uid.validate)
        let except = #"{"token":"\#(ann.token)","except":"\#(handle(ann))"}"#
        #expect(peer.ask("session.revoke_all", except).result == .object(["revoked": 1]))
        #expect(valid == [true, false, true, true])
        #expect(
            peer.ask("session.revoke_all", #"{"token":"\#(ann.token)"}"#).result == .object(["revoked": 1]))
        #expect(valid == [false, false, true, true])
    }

    @Test("an admin's revoke_all stays within its realms")
    func revokeAllOfUser() {
        #expect(
            bench.connect(Uid.admin).ask("session.revoke_all", #"{"user":"ann"}"#).result == .object(["revoked": 2]))
        #expect(valid == [false, false, true, true])
        #expect(client.ask("session.revoke_all", #"{"user":"ann"}"#).result == .object(["revoked": 1]))
        #expect(client.ask("session.revoke_all", #"{"user":"nobody"}"#).result == .object(["revoked": 0]))
    }

    // MARK: Quotas

    @Test("a user's newest session takes the place of the one that idled longest")
    func eviction() throws {
        let bench = try EngineBench(.bench { $0.sessionsPerUser = 3 })
        let client = bench.connect()
        var made: [(token: String, session: JSONValue)] = []
        for _ in 0..<3 {
            made.append(try client.create("ann"))
            bench.advance(.seconds(10))
        }
        #expect(client.isValid(made[0].token))
        bench.advance(.seconds(10))
        made.append(try client.create("ann"))
        #expect(made.map { client.isValid($0.token, touch: false) } == [true, false, true, true])
        #expect(bench.host.entries.contains(.ended(.quota, user: "ann", handle: handle(made[1]), peer: nil)))
        _ = try client.create("bob")
        #expect(made.map { client.isValid($0.token, touch: false) } == [true, false, true, true])
    }

    @Test("or is refused, where the configuration says so")
    func refusedQuota() throws {
        let bench = try EngineBench(
            .bench {
                $0.sessionsPerUser = 2
                $0.sessionsPerUserPolicy = .refuse
            })
        let client = bench.connect()
        let first = try client.create("ann")
        _ = try client.create("ann")
        #expect(client.ask("session.create", #"{"user":"ann","methods":["pwd"]}"#).reason == "quota_exceeded")
        #expect(client.isValid(first.token))
        let login = client.startLogin("ann")
        bench.succeed(bench.lastTransaction, "ann")
        #expect(client.answer(to: login)?.reason == "quota_exceeded")
    }

    @Test("an issuer of one realm neither ends nor blocks sessions of another", arguments: [true, false])
    func realmsApart(_ evicts: Bool) throws {
        let bench = try EngineBench(
            .bench {
                $0.sessionsPerUser = 5
                $0.sessionsPerUserPolicy = evicts ? .evict : .refuse
            })
        let (client, issuer) = (bench.connect(), bench.connect(Uid.issue))
        let kept = try client.create("ann", service: "vault").token
        for _ in 0..<20 { _ = issuer.ask("session.create", #"{"user":"ann","methods":["pwd"]}"#) }
        #expect(client.isValid(kept))
        let login = client.startLogin("ann", #","service":"vault""#)
        bench.succeed(bench.lastTransaction, "ann")
        #expect(client.answer(to: login)?.result?["state"] == "complete")
        #expect(client.ask("session.list", #"{"user":"ann"}"#).result?["sessions"]?.array?.count == 7)
    }

    @Test(
        "issuers cannot take the last eighth of the ledger from logins, whichever of its parts they fill",
        arguments: ["", String(repeating: "x", count: 1000)])
    func issuersShare(_ note: String) throws {
        let bench = try EngineBench(
            .bench {
                $0.capacity = 256
                $0.memory = 100 << 10
            })
        let issuer = bench.connect(Uid.issue)
        func issue(_ number: Int) -> JSONValue {
            issuer.ask("session.create", #"{"user":"u\#(number)","methods":["pwd"],"context":{"note":"\#(note)"}}"#)
        }
        let made = (0..<256).first { issue($0).result == nil } ?? 256
        let refusal = issue(256)
        #expect(refusal.reason == "quota_exceeded")
        #expect(refusal["error"]?["data"]?["quota"] == .text(note.isEmpty ? "capacity" : "memory"))
        #expect(note.isEmpty ? made == 224 : (1..<100).contains(made), "\(made)")
        let login = bench.connect()
        for index in 0..<10 {
            let request = login.startLogin("user\(index)")
            bench.succeed(bench.lastTransaction, "user\(index)")
            #expect(login.answer(to: request)?.result?["state"] == "complete")
        }
    }

    @Test("a full ledger refuses, a login before the broker is asked, but a re-authentication goes on")
    func full() throws {
        let bench = try EngineBench(.bench { $0.capacity = 8 })
        let client = bench.connect()
        let last = try bench.fillLedger(8)
        #expect(client.ask("server.stats").result?["sessions"] == 8)
        let asked = bench.host.messages.count
        #expect(client.ask("session.create", #"{"user":"ann","methods":["pwd"]}"#).reason == "quota_exceeded")
        #expect(client.answer(to: client.startLogin("ann"))?.reason == "quota_exceeded")
        #expect(bench.host.messages.count == asked)
        let login = client.send("auth.start", #"{"token":"\#(last)","password":"x"}"#)
        bench.succeed(bench.lastTransaction, "user7")
        #expect(client.answer(to: login)?.result?["state"] == "complete")
    }
}
