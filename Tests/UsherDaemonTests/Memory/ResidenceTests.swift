import CLinux
import Testing
import UsherConfiguration
import UsherEngine
import UsherLogin
import UsherSecrets
import UsherSessions
import UsherTestKit

@testable import UsherDaemon

@Suite("Session memory, in RAM and out of cores")
struct ResidenceTests {
    /// Makes `count` more sessions with context.
    static func fill(_ ledger: inout Ledger, _ count: Int) throws {
        let realm = try ledger.realm(Array("r".utf8).span)
        let service = try ledger.service(Array("s".utf8).span, realm: realm)
        let now = Moment.now.seconds
        for number in ledger.count..<ledger.count + count {
            _ = try ledger.create(
                TokenDigest(low: UInt64(number) &* 0x9e37_79b9_7f4a_7c15, high: UInt64(number)),
                user: Array("user\(number % 50)".utf8).span, uid: nil, service: service,
                methods: Array("[]".utf8).span, context: Array("{}".utf8).span,
                lifetime: Lifetime(idle: 1000, absolute: 1000), created: now, authenticated: now,
                quota: UserQuota(limit: .max, policy: .refuse), now: now
            ) { _, _, _ in }
        }
    }

    @Test("nothing of it is in a core, and what is in use is locked, more as it grows")
    func locked() throws {
        let store = KeepingStore()
        let memory = SessionMemory(store) { _ in }
        var ledger = try memory.ledger(capacity: 100_000)
        _ = try memory.limiter(entries: 8)
        for name in store.names {
            let map = store.map(name)
            #expect(map.size > 0 && map.undumped == map.size, "\(name)")
        }
        #expect(store.map("limiter").locked == store.map("limiter").size, "names of users are in it")
        var before = 0
        for _ in 0..<2 {
            try Self.fill(&ledger, 6000)
            let maps = ["ledger", "board"].map { store.map($0) }
            #expect(maps[0].locked + maps[1].locked == ledger.lockedBytes && ledger.unlockedBytes == 0)
            #expect(maps[0].locked > max(before, ledger.count * 128) && maps[0].locked < maps[0].size / 4)
            before = maps[0].locked
            #expect(maps[0].resident < 2 * maps[0].locked)
        }
    }

    @Test("where the kernel locks nothing, the sessions come all the same, and that is told once")
    func unlocked() async {
        await #expect(processExitsWith: .success) {
            var none = rlimit(rlim_cur: 0, rlim_max: 0)
            setrlimit(CInt(__RLIMIT_MEMLOCK.rawValue), &none)
            if getuid() == 0 { try #require(setresuid(65534, 65534, 65534) == 0) }
            let store = KeepingStore()
            var entries: [JournalEntry] = []
            let memory = SessionMemory(store) { entries.append($0) }
            var ledger = try memory.ledger(capacity: 100_000)
            try Self.fill(&ledger, 6000)
            #expect(ledger.count == 6000 && ledger.lockedBytes == 0 && ledger.unlockedBytes > 6000 * 128)
            #expect(entries.count == 1)
            guard case .memoryUnlocked? = entries.first else {
                Issue.record("\(entries)")
                return
            }
        }
    }

    @Test("a table of sixteen million costs nothing until it is used", .disabled(if: Sanitizer.isOn))
    func huge() async {
        await #expect(processExitsWith: .success) {
            let store = KeepingStore()
            let memory = SessionMemory(store) { _ in }
            let before = Mapping.privateBytes()
            var ledger = try memory.ledger(capacity: 1 << 24)
            let maps = ["ledger", "board"].map { store.map($0) }
            #expect(maps[0].size > 7 << 30 && maps[0].resident + maps[1].resident <= 64 << 10)
            #expect(Mapping.privateBytes() - before < 2 << 20)
            try Self.fill(&ledger, 1000)
            let used = ["ledger", "board"].map { store.map($0).resident }.reduce(0, +)
            #expect(used < 1 << 20, "\(used)")
            // Each entry of the index may be on a page of its own.
            #expect(Mapping.privateBytes() - before < 8 << 20)
        }
    }

    @Test(
        "without address space for the index it does not start, and says so; what was kept stays kept",
        .disabled(if: Sanitizer.isOn),
        arguments: [true, false])
    func noAddressSpace(_ isKept: Bool) async {
        await #expect(processExitsWith: .success) { [isKept] in
            let store = KeepingStore()
            let size = LedgerGeometry(capacity: 1 << 24).ledgerSize + LedgerGeometry(capacity: 1 << 24).boardSize
            if isKept {
                let memory = SessionMemory(store) { _ in }
                _ = try memory.ledger(capacity: 1 << 24).count
            }
            let pages = try #require(File.text("/proc/self/statm").split(separator: " ").first.flatMap { Int($0) })
            let limit = UInt(pages * 4096 + size + (4 << 20))
            var least = rlimit(rlim_cur: limit, rlim_max: limit)
            setrlimit(CInt(RLIMIT_AS.rawValue), &least)
            let memory = SessionMemory(store) { _ in }
            #expect(throws: StartupError("ledger: mmap: Cannot allocate memory")) {
                _ = try memory.ledger(capacity: 1 << 24).count
            }
            #expect(store.names == (isKept ? ["ledger", "board"] : []))
        }
    }
}
