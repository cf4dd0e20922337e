import Testing
import UsherSessions

@Suite("Ledger, quota")
struct LedgerQuotaTests {
    let host: TestHost

    init() throws { host = try TestHost() }

    @Test("at a full table, a user at the quota still exchanges the oldest session")
    func fullQuota() throws {
        for number in 0..<64 { try host.create("user\(number)") }
        let quota = UserQuota(limit: 1, policy: .endOldestIdle)
        try host.create("user5", quota: quota)
        #expect(host.count == 64 && host.counters.evicted == 1)
    }

    @Test("at the quota the session ends that was not used for longest, and is reported")
    func evicts() throws {
        let quota = UserQuota(limit: 3, policy: .endOldestIdle)
        let made = try (0..<3).map { _ in try host.create(quota: quota) }
        host.now += 1
        _ = host.validate(made[0].digest)
        _ = host.validate(made[2].digest)
        var endings: [Ending] = []
        try host.create(quota: quota) { endings.append($0) }
        #expect(endings == [Ending(handle: made[1].session.handle, user: "alice", reason: .quota)])
        #expect(host.session(made[1].digest) == nil)
        try host.create("bob", quota: quota)
        #expect(host.count == 4)
    }

    @Test("at the quota a session that has expired goes first, even under the refusing policy")
    func evictsExpired() throws {
        let quota = UserQuota(limit: 2, policy: .refuse)
        let short = try host.create(idle: 5, quota: quota)
        _ = try host.create(quota: quota)
        #expect(throws: LedgerError(.userQuota)) { try host.create(quota: quota) }
        host.now += 5
        var endings: [Ending] = []
        try host.create(quota: quota) { endings.append($0) }
        #expect(endings == [Ending(handle: short.session.handle, user: "alice", reason: .idle)])
    }

    @Test("the quota counts a name in a realm, over all its uids and the services of the realm")
    func quotaOfName() throws {
        let quota = UserQuota(limit: 2, policy: .refuse)
        try host.create(uid: 1, service: 0, quota: quota)
        try host.create(uid: nil, service: 2, quota: quota)
        #expect(throws: LedgerError(.userQuota)) { try host.create(uid: 2, service: 0, quota: quota) }
        #expect(host.usage.users == 2)
    }

    @Test("sessions of one realm neither end nor block those of another")
    func quotaOfRealm() throws {
        let refusing = UserQuota(limit: 2, policy: .refuse)
        let evicting = UserQuota(limit: 2, policy: .endOldestIdle)
        let hosts = try (0..<2).map { _ in try host.create(service: 1, quota: refusing) }
        host.now += 1
        var endings: [Ending] = []
        let site = try (0..<5).map { _ in
            host.now += 1
            return try host.create(service: 0, quota: evicting) { endings.append($0) }
        }
        #expect(endings.map(\.handle) == site[..<3].map(\.session.handle))
        #expect(hosts.allSatisfy { host.session($0.digest) != nil })
        #expect(throws: LedgerError(.userQuota)) { try host.create(service: 1, quota: refusing) }
    }
}
