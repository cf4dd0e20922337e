import Testing
import UsherEngine
import UsherJournal
import UsherNames
import UsherSessions
import UsherTestKit
import UsherWire

@testable import UsherDaemon

@Suite("Journal")
struct JournalTests {
    private static let second: Int64 = 1_000_000_000
    private let directory: TestDirectory
    private let socket: JournalSocketStandIn
    private let output: JournalOutput
    private let journal: Journal

    init() throws {
        directory = try TestDirectory()
        socket = try JournalSocketStandIn(directory.path("socket"))
        output = JournalOutput(of: "usherd", path: socket.path)
        journal = Journal(output)
    }

    /// All that was written: the queue of a datagram socket is short.
    private func taken() -> [JournalFields] {
        var taken = socket.take()
        while output.hasWaiting {
            output.flush()
            taken += socket.take()
        }
        return taken
    }

    private func peer(_ uid: UInt32) -> PeerCredentials { PeerCredentials(uid: uid, gid: 7, pid: 4242, groups: []) }

    private func refuse(_ count: Int, _ uid: UInt32 = 33, at now: Int64) {
        for _ in 0..<count {
            journal.record(
                .loginRefused(user: nil, service: "web", reason: "denied", pam: nil, worker: 5, peer: uid), at: now)
        }
    }

    @Test("an entry has its id, priority and fields")
    func fields() throws {
        let entry = JournalEntry.loggedIn(
            user: "ann", service: "web", handle: "h_1", renewed: false, worker: 77, peer: peer(33),
            from: LoginOrigin(client: "user wiki", source: "198.51.100.7", claim: "192.0.2.7"))
        journal.record(entry, at: 0)
        let fields = try #require(taken().first)
        #expect(fields["MESSAGE_ID"] == JournalMessage.loggedIn.id && fields["PRIORITY"] == "6")
        let message =
            "logged in claimed_source=192.0.2.7 client=\"user wiki\" handle=h_1 peer_pid=4242 peer_uid=33 service=web "
            + "source=198.51.100.7 user=ann worker_pid=77"
        #expect(fields["MESSAGE"] == message)
        #expect(fields["USHER_USER"] == "ann" && fields["USHER_HANDLE"] == "h_1" && fields["USHER_SERVICE"] == "web")
        #expect(fields["USHER_PEER_UID"] == "33" && fields["USHER_WORKER_PID"] == "77")
        #expect(fields["USHER_CLAIMED_SOURCE"] == "192.0.2.7" && fields["USHER_SOURCE"] == "198.51.100.7")
        #expect(fields["USHER_CLIENT"] == "user wiki")
        #expect(journal.deadline(at: 0) == nil)
    }

    @Test("the entry of a forbidden request names what is missing, and the entry that does not grant it")
    func forbidden() throws {
        let missing = MissingRight(
            method: "session.list", lacks: ["validate", "admin"], uid: 33, entry: "gateway", roles: [])
        journal.record(.forbidden(missing, peer: peer(33)), at: 0)
        let fields = try #require(taken().first)
        let message =
            #"request forbidden client=gateway lacks="validate or admin" method=session.list peer_pid=4242 peer_uid=33"#
        #expect(fields["MESSAGE"] == message)
    }

    @Test("a refused name that nobody has is not told")
    func unknown() throws {
        refuse(1, at: 0)
        let fields = try #require(taken().first)
        #expect(fields["USHER_USER"] == "unknown" && fields["USHER_REASON"] == "denied")
    }

    @Test("refusals beyond a budget are counted for each peer and second, and told when it is over")
    func coalesced() throws {
        refuse(JournalBudget.entries + 30, at: 0)
        refuse(2, 34, at: Self.second / 2)
        #expect(taken().count == JournalBudget.entries + 2)
        #expect(journal.deadline(at: 0) == Self.second)
        #expect(output.lost == 0)
        journal.settle(at: Self.second - 1)
        #expect(taken().count == 0)
        journal.settle(at: Self.second)
        let summary = try #require(taken().first)
        #expect(summary["MESSAGE_ID"] == JournalMessage.entriesCoalesced.id && summary["USHER_COUNT"] == "30")
        #expect(summary["USHER_ENTRY"] == JournalMessage.loginRefused.id && summary["USHER_PEER_UID"] == "33")
        #expect(journal.coalesced == 30 && journal.deadline(at: Self.second) == nil)
        refuse(1, at: Self.second)
        #expect(taken().count == 1)
    }

    @Test("what a peer can do at will cannot fill the journal; logins are each told")
    func budgets() {
        let missing = MissingRight(method: "m", lacks: ["admin"], uid: 1, entry: nil, roles: [])
        for _ in 0..<1000 {
            journal.record(.created(user: "a", service: "w", handle: "h", peer: peer(1)), at: 0)
            journal.record(.rotated(handle: "h", peer: peer(1)), at: 0)
            journal.record(.ended(.request, user: "a", handle: "h", peer: peer(1)), at: 0)
            journal.record(.ended(.quota, user: "a", handle: "h", peer: nil), at: 0)
            journal.record(.forbidden(missing, peer: peer(1)), at: 0)
            journal.record(.limiterCleared(user: "a", peer: peer(1)), at: 0)
            journal.record(.tokensRefused(count: 100, peer: peer(1)), at: 0)
            journal.record(.loginBroken(service: "w", what: "exited", worker: 5, peer: 1), at: 0)
            journal.record(.loginUndecided(service: "w", pam: "authentication 9", worker: 5, peer: 1), at: 0)
        }
        #expect(taken().count == 9 * JournalBudget.entries)
        journal.end()
        #expect(taken().count == 9 && journal.coalesced == UInt64(9 * (1000 - JournalBudget.entries)))
        for _ in 0..<50 {
            journal.record(
                .loggedIn(user: "a", service: "w", handle: "h", renewed: true, worker: nil, peer: peer(1)), at: 0)
        }
        #expect(taken().count == 50)
    }

    @Test(
        "an end has its reason, and the peer that asked for it",
        arguments: [
            (.request, "session revoked", 33, .user(33)),
            (.quota, "session made room for a newer one", nil, .nobody),
        ] as [(EndReason, String, UInt32?, JournalCauser)])
    func ends(_ reason: EndReason, _ title: String, _ uid: UInt32?, _ causer: JournalCauser) {
        let asker = uid.map { peer($0) }
        let entries = [
            JournalEntry.ended(reason, user: "ada", handle: "h", peer: asker),
            .endedAll(reason, count: 7, user: "ada", peer: asker),
        ]
        for entry in entries {
            let cause = entry.cause(by: nil)
            #expect(cause?.causer == causer && cause?.message.id == entry.record.id)
        }
        let (one, all) = (entries[0].record, entries[1].record)
        #expect(one.title == title)
        #expect(all.id == JournalMessage.sessionsRevoked.id && all.fields["count"] == "7")
        for record in [one, all] {
            #expect(record.fields["reason"] == reason.name.description && record.fields["user"] == "ada")
            #expect(record.fields["peer_uid"] == uid.map { "\($0)" })
        }
    }

    @Test("sessions that end with their account have an entry of their own, which says what became of it")
    func accounts() {
        for end in AccountEnd.allCases {
            let entry = JournalEntry.endedAll(.account(end), count: 7, user: "ada", peer: nil)
            let record = entry.record
            #expect(record.id == JournalMessage.accountEnded.id && record.level == .notice)
            #expect(entry.cause(by: nil) == nil)
            #expect(
                record.fields == [
                    "count": "7", "user": "ada", "reason": "account", "detail": end.name.description,
                ])
        }
    }

    @Test("sessions that end by time are told together, once a second")
    func expired() {
        for _ in 0..<300 { journal.record(.expired(count: 4096), at: 5) }
        #expect(taken().isEmpty && journal.deadline(at: 5) == Self.second + 5)
        journal.settle(at: Self.second + 5)
        #expect(taken().map { $0["USHER_COUNT"] } == ["\(300 * 4096)"])
        journal.end()
        #expect(taken().isEmpty)
    }

    @Test("as many peers as there are uids need no more than a bounded table")
    func bounded() {
        var count = 0
        for uid in 0..<UInt32(3 * JournalBudget.places) {
            refuse(1, uid, at: 0)
            count += taken().count
        }
        #expect(count == JournalBudget.places + JournalBudget.entries)
    }

    @Test("users without a role are one causer, a range of uids is one, and neither takes the places of others")
    func owners() {
        let clients: [ClientEntry] = [
            ClientEntry(name: "web", subject: .user(33), roles: .login),
            ClientEntry(name: "boxes", subject: .users(100_000...165_535), roles: .validate),
        ]
        let policy = Policy(Configuration(clients: clients))
        func written(_ uids: Range<UInt32>, times: Int = 1) -> Int {
            var count = 0
            for uid in uids {
                let missing = MissingRight(method: "m", lacks: ["admin"], uid: uid, entry: nil, roles: [])
                for _ in 0..<times {
                    journal.record(.forbidden(missing, peer: peer(uid)), at: 0, by: policy)
                    journal.record(.cutOff(what: "frame", peer: peer(uid)), at: 0, by: policy)
                }
                count += taken().count
            }
            return count
        }
        #expect(written(200_000..<200_000 + UInt32(3 * JournalBudget.places)) == 2 * JournalBudget.entries)
        #expect(written(100_000..<100_100) == 2 * JournalBudget.entries)
        #expect(written(33..<34, times: 30) == 2 * JournalBudget.entries)
        journal.end()
        #expect(Set(taken().map { $0["USHER_PEER_UID"] }) == [nil, "33", "100000"])
    }

    @Test("every kind of entry is explained in the catalog, and nothing else is")
    func catalog() throws {
        let text = File.text("systemd/usher.catalog")
        let ids = text.split(separator: "\n").filter { $0.hasPrefix("-- ") }.map { String($0.dropFirst(3)) }
        #expect(Set(ids) == Set(JournalMessage.allCases.map(\.id)) && ids.count == Set(ids).count)
        for id in ids { #expect(id.count == 32 && id.allSatisfy(\.isHexDigit)) }
        #expect(text.split(separator: "\n").count { $0.hasPrefix("Subject: ") } == ids.count)
    }
}
