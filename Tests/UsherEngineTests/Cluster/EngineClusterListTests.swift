import Testing
import UsherCluster
import UsherNames
import UsherTestKit

@testable import UsherEngine

@Suite("Engine: lists of the sessions of several hosts")
struct EngineClusterListTests {
    private static func handles(_ answer: JSONValue) -> [String] {
        answer.result?["sessions"]?.array?.compactMap { $0["handle"]?.text } ?? []
    }

    /// All pages of a list, and how many of them were partial.
    private func pages(
        _ pair: ClusterBench, _ client: Client, _ params: String
    ) throws -> (handles: [String], count: Int, partial: Int) {
        var (all, count, partial, cursor) = ([String](), 0, 0, "")
        repeat {
            let answer = pair.ask(client, "session.list", "{\(params)\(cursor)}")
            _ = try #require(answer.result, "\(answer)")
            all += Self.handles(answer)
            (count, partial) = (count + 1, partial + (answer.result?["partial"] == true ? 1 : 0))
            cursor = answer.result?["next"]?.text.map { #","cursor":"\#($0)""# } ?? ""
        } while !cursor.isEmpty && count < 100
        return (all, count, partial)
    }

    @Test("a user's sessions of all hosts are listed where the user is unknown, and none is held because of that")
    func all() throws {
        let pair = try ClusterBench()
        let made = try (0..<3).map { _ in try pair.create(pair.a.connect(), "ann").handle }
        _ = try pair.create(pair.a.connect(), "bob")
        let admin = pair.b.connect()
        let found = try pages(pair, admin, #""user":"ann""#)
        #expect(Set(found.handles) == Set(made) && found.handles.count == 3 && found.partial == 0)
        let answer = pair.ask(admin, "session.list", #"{"user":"ann"}"#)
        let session = try #require(answer.result?["sessions"]?.array?.first)
        #expect(session["user"] == "ann" && session["service"] == "web" && session["realm"] == "default")
        #expect(session["uid"] == .null && session["methods"]?.array?.isEmpty == false && session["data"] == nil)
        #expect(session["expires"]?.integer ?? 0 > session["idle_expires"]?.integer ?? .max)
        #expect(admin.ask("server.stats").result?["sessions"] == 0 && pair.fetches == 0)
        #expect(try pages(pair, admin, #""user":"nobody""#).handles.isEmpty)
    }

    @Test("one's own sessions are those of all hosts, within the token's realm")
    func own() throws {
        let pair = try ClusterBench()
        let (token, handle) = try pair.create(pair.a.connect(), "ann")
        let (_, second) = try pair.create(pair.b.connect(), "ann")
        let (local, other) = try pair.create(pair.a.connect(), "ann", service: "vault")
        let found = try pages(pair, pair.b.connect(), #""token":"\#(token)""#)
        #expect(Set(found.handles) == [handle, second] && found.partial == 0)
        let alone = pair.a.connect(Uid.vault).ask("session.list", #"{"token":"\#(local)"}"#)
        #expect(Self.handles(alone) == [other] && alone.result?["partial"] == nil)
    }

    @Test("sessions of this host's own realms come first, then page by page those of all hosts, each once")
    func paged() throws {
        let pair = try ClusterBench()
        let issuer = pair.a.connect()
        var made = try (0..<2).map { _ in try pair.create(issuer, "ann", service: "vault").handle }
        made += try (0..<230).map { _ in try pair.create(issuer, "ann").handle }
        let found = try pages(pair, pair.a.connect(), #""user":"ann""#)
        #expect(Set(found.handles) == Set(made) && found.handles.count == 232)
        // The frame is full before the store's page is, or not: no page has more than 100.
        #expect(found.count >= 4 && found.partial == 0)
    }

    @Test("without the store the copies of this host are listed, as a part; a list that has begun goes on later")
    func partial() throws {
        let pair = try ClusterBench()
        let issuer = pair.a.connect()
        let made = try (0..<120).map { _ in try pair.create(issuer, "ann") }
        let admin = pair.b.connect()
        #expect(pair.isValid(admin, made[0].token) == true)
        let first = pair.ask(admin, "session.list", #"{"user":"ann"}"#)
        let next = try #require(first.result?["next"]?.text)
        pair.lines[1].isHeld = true
        for (params, isBegun) in [(#"{"user":"ann"}"#, false), (#"{"user":"ann","cursor":"\#(next)"}"#, true)] {
            let id = admin.send("session.list", params)
            #expect(admin.answer(to: id) == nil)
            pair.b.advance(.seconds(3))
            pair.b.engine.tick()
            let answer = try #require(admin.answer(to: id))
            if isBegun {
                #expect(answer.reason == "unavailable")
            } else {
                #expect(Self.handles(answer) == [made[0].handle] && answer.result?["partial"] == true)
            }
        }
        pair.lines[1].isHeld = false
        pair.pump()
        let rest = pair.ask(admin, "session.list", #"{"user":"ann","cursor":"\#(next)"}"#)
        #expect(Set(Self.handles(first)).isDisjoint(with: Self.handles(rest)))
        #expect(rest.result?["partial"] == nil)
    }

    @Test("a list that began in another epoch begins again: no session is left out")
    func otherEpoch() throws {
        let pair = try ClusterBench()
        let issuer = pair.a.connect()
        for _ in 0..<120 { _ = try pair.create(issuer, "ann") }
        let admin = pair.b.connect()
        let first = pair.ask(admin, "session.list", #"{"user":"ann"}"#)
        let next = try #require(first.result?["next"]?.text)
        let parts = next.split(separator: "-")
        let older = ([String(parts[0]), "0000000000000099"] + parts[2...].map(String.init)).joined(separator: "-")
        let again = pair.ask(admin, "session.list", #"{"user":"ann","cursor":"\#(older)"}"#)
        #expect(Self.handles(again) == Self.handles(first) && !Self.handles(again).isEmpty)
        let rest = pair.ask(admin, "session.list", #"{"user":"ann","cursor":"\#(next)"}"#)
        #expect(Set(Self.handles(first)).isDisjoint(with: Self.handles(rest)))
    }

    @Test("a page of several hosts is paid for when it is asked for, as if it were full")
    func work() throws {
        let pair = try ClusterBench()
        let admin = pair.b.connect()
        _ = pair.ask(admin, "session.list", #"{"user":"ann"}"#)
        #expect(pair.b.lastWork == MethodWork.base(of: .list) + 100 * MethodWork.listedRecord)
    }

    @Test("everybody's sessions are those of this host, as a part where hosts share them")
    func everybody() throws {
        let pair = try ClusterBench()
        _ = try pair.create(pair.a.connect(), "ann")
        let admin = pair.b.connect()
        let answer = admin.ask("session.list", #"{"all":true}"#)
        #expect(Self.handles(answer).isEmpty && answer.result?["partial"] == true)
        let local = admin.ask("session.list", #"{"all":true,"realm":"vault"}"#)
        #expect(local.result?["sessions"] != nil && local.result?["partial"] == nil)
        let alone = try EngineBench().connect().ask("session.list", #"{"all":true}"#)
        #expect(alone.result?["sessions"] != nil && alone.result?["partial"] == nil)
    }

    @Test("what is over, of another user, or cannot be read is not listed; a copy that is held shows its own last use")
    func judged() throws {
        let pair = try ClusterBench()
        let one = pair.a.connect()
        let (token, handle) = try pair.create(one, "ann")
        let (_, idle) = try pair.create(one, "ann")
        let (_, damaged) = try pair.create(one, "ann")
        for (digest, var record) in pair.store.records {
            let name = SessionHandle(prefix: record.bucket, tag: record.tag.value).text
            if name == idle { record.seen = 0 }
            if name == damaged { record.idle += 1 }
            pair.store.records[digest] = record
        }
        let other = pair.b.connect()
        #expect(Self.handles(pair.ask(other, "session.list", #"{"user":"ann"}"#)) == [handle])
        #expect(pair.isValid(other, token) == true)
        pair.pass(.seconds(2))
        #expect(pair.isValid(other, token) == true)
        let seen = pair.ask(other, "session.list", #"{"user":"ann"}"#).result?["sessions"]?.array?.first?["last_seen"]
        #expect(seen == .integer(pair.b.unixNow))
    }

    @Test(
        "a cursor that no page has given is refused",
        arguments: [
            "s", "s-", "s80000000-", "s80000000-0", "s80000000-0000000000000001",
            "s00000000-0000000000000001-0000000000000000-0000000000000000",
            "s80000007-0000000000000001-0020000000000000-0000000000000000", "c00000000-1", "c00000000-1-1", "cx-1",
            "1-1",
        ])
    func cursors(_ text: String) throws {
        let pair = try ClusterBench()
        let admin = pair.a.connect()
        for subject in [#""user":"ann""#, #""all":true"#] {
            let answer = pair.ask(admin, "session.list", #"{\#(subject),"cursor":"\#(text)"}"#)
            #expect(answer["error"]?["code"] == -32602, "\(subject)")
        }
    }

    @Test("a cursor is read as it was written")
    func places() {
        for place: PagePlace in [
            .own(.init(slot: 7)), .shared(1, .start, ordinal: 0),
            .shared(0x8000_0001, ListPlace(cursor: 1 << 53 - 1, after: SessionTag(.max)), ordinal: .max),
            .copies(2, .init(slot: .max)),
        ] {
            #expect(PagePlace(String(decoding: place.text, as: UTF8.self)) == place)
            #expect(place.text.count <= 60)
        }
    }
}
