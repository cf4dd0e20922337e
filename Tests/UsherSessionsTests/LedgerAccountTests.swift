import Testing
import UsherNames
import UsherSessions

@Suite("Ledger: accounts")
struct LedgerAccountTests {
    private let host: TestHost
    private let credential = AccountCredential(fingerprint: 0xFFFF_FFFF, isLocked: true)

    init() throws { host = try TestHost() }

    private func account(_ name: String, _ uid: UInt32?, on host: TestHost? = nil) throws -> LedgerAccount {
        let found = (host ?? self.host).ledger.account(named: Array(name.utf8).span, uid: uid)
        return try #require(found)
    }

    private func remembered(_ name: String, _ uid: UInt32?, on host: TestHost? = nil) throws -> AccountCredential? {
        (host ?? self.host).ledger.credential(of: try account(name, uid, on: host))
    }

    /// All accounts in steps of `limit`, each as name and uid.
    private func all(limit: Int) -> [String] {
        var (found, position, steps) = ([String](), AccountPosition(0), 0)
        let frontier = host.ledger.accountFrontier
        while position + 1 < frontier, steps < 1000 {
            position = host.ledger.accounts(after: position, before: frontier, limit: limit) {
                let uid = host.ledger.uid(of: $0).map { "\($0)" } ?? "none"
                found.append(String(decoding: host.ledger.name(of: $0), as: UTF8.self) + " " + uid)
                return true
            }
            steps += 1
        }
        return found
    }

    @Test("are shown once each, whatever the step", arguments: [1, 2, 7, 100])
    func enumerated(_ limit: Int) throws {
        for number in 0..<9 { try host.create("user\(number)", uid: UInt32(number)) }
        try host.create("user3", uid: 99)
        try host.create("user3", uid: nil)
        try host.create("user4", uid: 4)
        let gone = try host.create("user5", uid: 55)
        #expect(host.end(gone.session.handle))
        let expected = (0..<9).map { "user\($0) \($0)" } + ["user3 99", "user3 none"]
        #expect(all(limit: limit).sorted() == expected.sorted())
        let sameName = host.ledger.accounts(named: Array("user3".utf8).span)
        #expect(sameName.count == 3)
    }

    @Test("show nothing outside of the range that is asked for")
    func range() throws {
        for number in 0..<9 { try host.create("user\(number)", uid: UInt32(number)) }
        var count = 0
        let inside = host.ledger.accounts(after: 3, before: 6, limit: 100) { _ in
            count += 1
            return true
        }
        let outside = host.ledger.accounts(after: 900, before: 1000, limit: 100) { _ in
            count += 1
            return true
        }
        #expect(inside == 5 && outside == 999 && count == 2)
    }

    @Test("are shown until that is enough")
    func enough() throws {
        for number in 0..<9 { try host.create("user\(number)", uid: UInt32(number)) }
        var count = 0
        let last = host.ledger.accounts(after: 0, before: host.ledger.accountFrontier, limit: 100) { _ in
            count += 1
            return count < 3
        }
        #expect(count == 3)
        let rest = host.ledger.accounts(after: last, before: host.ledger.accountFrontier, limit: 100) { _ in
            count += 1
            return true
        }
        #expect(count == 9 && rest + 1 == host.ledger.accountFrontier)
    }

    @Test("remember a credential until their last session ends, also across adoption")
    func credentials() throws {
        let made = try host.create("ada", uid: 7)
        try host.create("ada", uid: 8)
        #expect(try remembered("ada", 7) == nil)
        host.ledger.remember(credential, of: try account("ada", 7))
        #expect(try remembered("ada", 7) == credential)
        #expect(try remembered("ada", 8) == nil)
        let key = host.ledger.credentialKey
        let next = try host.restarted()
        #expect(try remembered("ada", 7, on: next) == credential)
        try next.nameServices()
        let adopted = next.ledger.credentialKey
        #expect(adopted == key && key != CredentialKey(low: 0, high: 0))
        #expect(next.end(made.session.handle))
        try next.create("ada", uid: 7)
        #expect(try remembered("ada", 7, on: next) == nil)
    }

    @Test("remember what the account files had of them until their last session ends, and not across adoption")
    func digests() throws {
        let made = try host.create("ada", uid: 7)
        #expect(host.ledger.digest(of: try account("ada", 7)) == nil)
        host.ledger.remember(AccountDigest(hash: .max), of: try account("ada", 7))
        #expect(host.ledger.digest(of: try account("ada", 7)) == AccountDigest(hash: .max))
        host.ledger.remember(AccountDigest.missing, of: try account("ada", 7))
        #expect(host.ledger.digest(of: try account("ada", 7)) == .missing)
        #expect(host.end(made.session.handle))
        try host.create("bob", uid: 8)
        #expect(host.ledger.digest(of: try account("bob", 8)) == nil)
        host.ledger.remember(AccountDigest.missing, of: try account("bob", 8))
        let next = try host.restarted()
        #expect(next.ledger.digest(of: try account("bob", 8, on: next)) == nil)
    }

    @Test("end apart from others of the same name, and only where they are meant to")
    func ends() throws {
        let kept = try host.create("ada", uid: 7, service: 0)
        let ended = try host.create("ada", uid: 7, service: 1)
        let other = try host.create("ada", uid: 8, service: 1)
        let service = ended.session.service
        var told: [EndReason] = []
        let count = host.ledger.endAll(
            of: try account("ada", 7), reason: .account(.locked), now: LedgerSeconds(host.now),
            ended: { told.append($2) }, where: { $0.service == service })
        #expect(count == 1 && told == [.account(.locked)])
        #expect(host.session(kept.digest) != nil && host.session(other.digest) != nil)
        #expect(host.session(ended.digest) == nil)
        #expect(host.counters.ended(.locked) == 1 && host.broken.isEmpty)
    }

    @Test("an issued session that PAM proves is the account's from then on, and no session changes its uid")
    func moves() throws {
        let issued = try host.create("ada", uid: nil, context: "c")
        let user = try #require(host.session(issued.digest))
        #expect(user.proof == .issued)
        let fresh = host.token()
        let proven = try host.ledger.reauthenticate(
            user, digest: issued.digest, to: fresh, uid: 7, methods: Array("[pwd]".utf8).span,
            lifetime: Lifetime(idle: 100, absolute: 1000), now: LedgerSeconds(host.now))
        #expect(proven.handle == user.handle && proven.proof == .login)
        let left = host.ledger.account(named: Array("ada".utf8).span, uid: nil)
        #expect(host.sight(fresh)?.uid == 7 && left == nil && host.broken.isEmpty)
        #expect(throws: LedgerError(.noSuchSession)) {
            _ = try host.ledger.reauthenticate(
                proven, digest: fresh, to: host.token(), uid: 8, methods: Array("[pwd]".utf8).span,
                lifetime: Lifetime(idle: 100, absolute: 1000), now: LedgerSeconds(host.now))
        }
        let next = try host.restarted()
        #expect(next.sight(fresh)?.uid == 7 && next.session(fresh)?.proof == .login)
    }
}
