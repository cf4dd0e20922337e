import CLinux
import Testing
import UsherBoard
import UsherConfiguration
import UsherDaemon
import UsherEngine
import UsherEventLoop
import UsherLogin
import UsherPOSIX
import UsherSecrets
import UsherSessions

/// A store that keeps real descriptors within the process, as the service manager would over a restart.
final class KeepingStore: DescriptorStore {
    private(set) var kept: [String: CInt] = [:]
    var names: Set<String> { Set(kept.keys) }

    func take() -> [(name: String, descriptor: CInt)] { kept.map { ($0.key, dup($0.value)) } }

    func put(_ descriptor: CInt, as name: String) {
        remove(name)
        kept[name] = dup(descriptor)
    }

    func remove(_ name: String) { if let descriptor = kept.removeValue(forKey: name) { close(descriptor) } }
    func end() {}
    var outlivesEnd = true

    /// Writes over eight bytes, the first ones if nothing else is said, of what is kept as `name`.
    func damage(_ name: String, at offset: Int = 0, _ word: UInt64 = 0x6261_6421_6261_6421) {
        var word = word
        pwrite(kept[name] ?? -1, &word, 8, offset)
    }

    /// Eight bytes of what is kept as `name`.
    func word(_ name: String, at offset: Int) -> UInt64 {
        var word: UInt64 = 0
        pread(kept[name] ?? -1, &word, 8, offset)
        return word
    }

    /// The maps of what is kept as `name`.
    func map(_ name: String) -> Mapping { Mapping(of: kept[name] ?? -1) }

    /// What fstat(2) says of what is kept as `name`.
    func status(_ name: String) -> stat {
        var status = stat()
        fstat(kept[name] ?? -1, &status)
        return status
    }

    deinit { for name in names { remove(name) } }
}

@Suite("Session memory")
struct SessionMemoryTests {
    private final class Journal {
        var entries: [JournalEntry] = []
    }

    private let store = KeepingStore()
    private let journal = Journal()

    private func memory() -> SessionMemory {
        SessionMemory(store) { [journal] in journal.entries.append($0) }
    }

    /// Starts on what is kept, makes a session, and ends.
    private func run(_ digest: TokenDigest? = nil) throws -> Int {
        let memory = memory()
        var ledger = try memory.ledger(capacity: 64)
        _ = try memory.limiter(entries: 8)
        if let digest {
            let realm = try ledger.realm(Array("r".utf8).span)
            let service = try ledger.service(Array("s".utf8).span, realm: realm)
            let now = Moment.now.seconds
            _ = try ledger.create(
                digest, user: Array("ada".utf8).span, uid: nil, service: service, methods: Array("[]".utf8).span,
                context: Array("{}".utf8).span, lifetime: Lifetime(idle: 1000, absolute: 1000), created: now,
                authenticated: now, quota: UserQuota(limit: 9, policy: .refuse), now: now
            ) { _, _, _ in }
        }
        return ledger.count
    }

    /// Starts on the limiter that is kept, and ends; the failures in a row of a name after `more` of them.
    private func failures(adding more: Int = 0) throws -> Int? {
        let memory = memory()
        defer { withExtendedLifetime(memory) {} }
        let limiter = try memory.limiter(entries: 8)
        let ticket = limiter.ticket(user: "ada", realm: "r", source: LoginSource(peer: 1))
        for _ in 0..<more { limiter.failed(ticket, now: .seconds(1)) }
        return limiter.entry(user: "ada", realm: "r", now: .seconds(2))?.failures
    }

    @Test("comes back after an orderly end, again and again")
    func adopted() throws {
        #expect(try run(TokenDigest(low: 1, high: 1)) == 1)
        #expect(store.names == ["ledger", "board", "limiter"])
        for _ in 0..<5 { #expect(try run() == 1) }
        #expect(journal.entries == Array(repeating: .memoryAdopted(sessions: 1, dropped: 0), count: 5))
    }

    @Test("comes back without a session that is not whole, and says how many there were")
    func dropped() throws {
        #expect(try run(TokenDigest(low: 1, high: 1)) == 1)
        #expect(try run(TokenDigest(low: 2, high: 2)) == 2)
        let shown = try #require(
            (0..<64).map { BoardLayout.size(slots: $0) }.first { store.word("board", at: $0) != 0 })
        store.damage("board", at: shown, 9 << 32)
        #expect(try run() == 1)
        #expect(journal.entries.last == .memoryAdopted(sessions: 1, dropped: 1))
        #expect(journal.entries.last?.record.fields == ["sessions": "1", "dropped": "1"])
    }

    @Test("is dropped where an earlier version laid it out otherwise, with an entry that says so")
    func olderLayout() throws {
        _ = try run(TokenDigest(low: 1, high: 1))
        let word = store.word("ledger", at: 8)
        #expect(UInt32(truncatingIfNeeded: word) == 5)
        store.damage("ledger", at: 8, word - 1)
        #expect(try run() == 0)
        #expect(journal.entries == [.memoryDropped(name: "ledger", why: "other_layout")])
    }

    @Test("keeps the lease on the board over a restart, and the board of a host without a lease as it always was")
    func lease() throws {
        func lease(of hasLease: Bool, setting next: UInt64? = nil) throws -> UInt64 {
            let memory = memory()
            let board = try memory.ledger(capacity: 64, hasLease: hasLease).board
            defer { withExtendedLifetime(memory) {} }
            defer { if let next { board.lease = next } }
            return board.lease
        }
        #expect(try lease(of: true, setting: 77) == 0)
        #expect(try lease(of: true) == 77)
        #expect(UInt32(truncatingIfNeeded: store.word("board", at: 8)) == 2 && store.word("board", at: 192) == 77)
        #expect(try lease(of: false) == .max)
        #expect(UInt32(truncatingIfNeeded: store.word("board", at: 8)) == 1 && store.word("board", at: 192) == 0)
    }

    @Test("is dropped where a host gets or loses a lease, with an entry that says so", arguments: [true, false])
    func otherBoard(hadLease: Bool) throws {
        var memory: SessionMemory? = memory()
        _ = try memory?.ledger(capacity: 64, hasLease: hadLease).count
        memory = nil
        let next = self.memory()
        #expect(try next.ledger(capacity: 64, hasLease: !hadLease).count == 0)
        #expect(journal.entries == [.memoryDropped(name: "ledger", why: "other_layout")])
    }

    @Test("belongs to one process at a time")
    func owned() throws {
        let first = memory()
        let ledger = try first.ledger(capacity: 64)
        #expect(ledger.count == 0)
        #expect(throws: StartupError("the ledger belongs to another usherd that is running")) {
            _ = try memory().ledger(capacity: 64).count
        }
        withExtendedLifetime(first) {}
    }

    @Test(
        "is dropped where it is damaged, with an entry that says why; the limiter stays",
        arguments: ["ledger", "board"])
    func damaged(_ name: String) throws {
        _ = try run(TokenDigest(low: 1, high: 1))
        #expect(try failures(adding: 7) == 7)
        store.damage(name)
        #expect(try run() == 0)
        #expect(try failures() == 7)
        #expect(journal.entries.count == 1)
        guard case .memoryDropped(name: "ledger", let why)? = journal.entries.first else {
            Issue.record("\(journal.entries)")
            return
        }
        #expect(why == (name == "ledger" ? "not_a_ledger" : "not_a_board"))
        #expect(try run() == 0)
        #expect(journal.entries.last == .memoryAdopted(sessions: 0, dropped: 0))
        #expect(try failures() == 7)
    }

    @Test("is dropped whole where a part is missing")
    func incomplete() throws {
        _ = try run(TokenDigest(low: 1, high: 1))
        store.remove("board")
        #expect(try run() == 0)
    }

    @Test("lets go of the part that is left", arguments: ["ledger", "board"])
    func incompleteIsClosed(_ name: String) throws {
        _ = try run()
        let left = store.status(name == "ledger" ? "board" : "ledger")
        #expect(Mapping.descriptors(of: left) == 1)
        store.remove(name)
        #expect(try run() == 0)
        #expect(Mapping.descriptors(of: left) == 0)
    }

    @Test("lets go of both where one is no memory of ours")
    func strangerIsClosed() throws {
        _ = try run()
        let (ledger, board) = (store.status("ledger"), store.status("board"))
        store.remove("ledger")
        let stranger = usher_open("/dev/null", O_RDWR, 0)
        store.put(stranger, as: "ledger")
        close(stranger)
        #expect(try run() == 0)
        #expect(Mapping.descriptors(of: ledger) == 0 && Mapping.descriptors(of: board) == 0)
    }

    @Test("a damaged limiter is dropped alone")
    func damagedLimiter() throws {
        _ = try run(TokenDigest(low: 1, high: 1))
        store.damage("limiter")
        #expect(try run() == 1)
        #expect(journal.entries.contains(.memoryDropped(name: "limiter", why: "other layout or damaged")))
    }

    @Test("is dropped after three daemons that died while they adopted it, and not before")
    func brake() throws {
        _ = try run(TokenDigest(low: 1, high: 1))
        #expect(try !dieAdopting() && !dieAdopting())
        #expect(try memory().ledger(capacity: 64).count == 1)
        #expect(try !dieAdopting() && !dieAdopting() && !dieAdopting())
        #expect(try memory().ledger(capacity: 64).count == 0)
        guard case .memoryDropped(name: "ledger", _)? = journal.entries.last else {
            Issue.record("\(journal.entries)")
            return
        }
    }

    @Test("no number of daemons that died after its adoption, having answered nobody, brings its end closer")
    func deathsAfterAdoption() throws {
        _ = try run(TokenDigest(low: 1, high: 1))
        for _ in 0..<10 { #expect(try memory().ledger(capacity: 64).count == 1) }
        #expect(try !dieAdopting() && !dieAdopting() && !dieAdopting() && dieAdopting())
    }

    /// Does as a daemon that dies within the adoption; whether the brake stops it before.
    private func dieAdopting() throws -> Bool {
        let file = try MemoryFile(adopting: FileDescriptor(owning: dup(store.kept["ledger"] ?? -1)))
        return try #require(AdoptionBrake(of: file.bytes)).isTooOften()
    }
}
