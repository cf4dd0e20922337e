import Testing
import UsherBoard
import UsherSecrets
import UsherSessions

@Suite("Ledger, adoption")
struct LedgerAdoptionTests {
    let host: TestHost

    /// Areas that are small, so that random damage mostly hits what is in use.
    private static let geometry = LedgerGeometry(
        capacity: 64, contextUnits: 128, userUnits: 128, dataUnits: 1088, labels: 320)

    init() throws { host = try TestHost(try #require(Self.geometry)) }

    /// The error of adopting `memory`; nil where it is adopted.
    func refusal(_ memory: TestMemory) -> LedgerMemoryError? {
        do {
            _ = try TestHost(adopting: memory, now: host.now)
            return nil
        } catch {
            return error as? LedgerMemoryError
        }
    }

    @Test("keeps sessions, names, versions and the board's stamps")
    func adopts() throws {
        let made = try (0..<30).map {
            try host.create("user\($0 % 7)", uid: $0 % 2 == 0 ? 5 : nil, service: $0 % 3, context: "c\($0)")
        }
        _ = try host.update(made[3].session, String(repeating: "d", count: 600))
        _ = try host.update(made[3].session, "e")
        #expect(host.end(made[4].session.handle))
        host.now += 50
        let next = try host.restarted()
        #expect(next.count == 29 && next.broken == [] && next.counters.dropped == 0)
        for one in made { #expect(next.sight(one.digest) == host.sight(one.digest)) }
        for slot in 0..<64 { #expect(next.board[slot] == host.board[slot]) }
        try next.nameServices()
        for number in 0..<35 { try next.create("later\(number)") }
        #expect(next.isFull && next.broken == [])
    }

    @Test("labels keep their meaning under another configuration")
    func labels() throws {
        let made = try host.create(service: 1, methods: "[old]")
        let next = try host.restarted()
        let realm = try next.ledger.realm(Array("other".utf8).span)
        let service = try next.ledger.service(Array("new".utf8).span, realm: realm)
        #expect(next.sight(made.digest)?.service == "ssh" && next.sight(made.digest)?.realm == "hosts")
        #expect(next.session(made.digest, in: RealmSet(realm)) == nil)
        next.services = [service]
        #expect(next.sight(try next.create().digest)?.service == "new")
    }

    @Test("expired sessions are there for the sweep to report")
    func expired() throws {
        try host.create(idle: 10)
        host.now += 3600
        let next = try host.restarted()
        #expect(next.count == 1 && next.sweep().map(\.reason) == [.idle])
    }

    @Test("an end that had begun on the board is completed")
    func completesEnd() throws {
        let made = try host.create()
        let slot = Int(made.session.slot)
        host.board[slot] = BoardEntry(stamp: 2, expiry: .zero)
        let next = try host.restarted()
        #expect(next.session(made.digest) == nil && next.count == 0 && next.counters.dropped == 1)
    }

    @Test("a board that promises too much gets a new stamp and the right expiry")
    func correctsBoard() throws {
        let made = try host.create(idle: 100)
        let slot = Int(made.session.slot)
        host.board[slot] = BoardEntry(stamp: 1, expiry: BootSeconds(5000))
        host.board[(slot + 1) % 64] = BoardEntry(stamp: 9, expiry: BootSeconds(5000))
        let next = try host.restarted()
        #expect(next.board[slot] == BoardEntry(stamp: 2, expiry: BootSeconds(1100)))
        #expect(next.board[(slot + 1) % 64] == BoardEntry(stamp: 10, expiry: .zero))
    }

    @Test(
        "refuses memory that is something else, and says what",
        arguments: [
            (0, 1, .notALedger), (8, 1, .otherLayout), (8, 2, .otherLayout), (12, 0, .wrongSize),
            (12, 63, .foreignBoard),
            (12, .max, .wrongSize), (16, .max, .wrongSize), (20, 0, .wrongSize), (24, 1 << 20, .wrongSize),
            (28, 64, .wrongSize), (28, 5000, .wrongSize), (32, 1, .foreignBoard), (48, 1, .foreignBoard),
        ] as [(Int, UInt32, LedgerMemoryError.Code)])
    func refusals(_ offset: Int, _ word: UInt32, _ code: LedgerMemoryError.Code) throws {
        try host.create()
        let image = host.memory.image()
        image.ledger.storeBytes(of: word, toByteOffset: offset, as: UInt32.self)
        #expect(refusal(image)?.code == code)
    }

    @Test("refuses a board that is damaged, missing or another ledger's")
    func foreignBoards() throws {
        let image = host.memory.image()
        image.board.storeBytes(of: 0, toByteOffset: 0, as: UInt32.self)
        #expect(refusal(image)?.code == .notABoard)
        let other = try TestHost(seed: 2).memory.image()
        other.ledger.copyMemory(from: UnsafeRawBufferPointer(host.memory.ledger))
        #expect(refusal(other)?.code == .foreignBoard)
        #expect(refusal(TestMemory(ledger: 8192, board: 8192))?.code == .notALedger)
        #expect(refusal(TestMemory(ledger: 0, board: 0))?.code == .notALedger)
    }

    @Test("takes a board with or without a lease as it was made, and refuses the other kind", arguments: [true, false])
    func boardOfOtherLayout(hasLease: Bool) throws {
        let geometry = LedgerGeometry(capacity: 64)
        let memory = TestMemory(geometry)
        let made = try Ledger(
            formatting: memory.ledger, board: memory.board, geometry: geometry, hasLease: hasLease, entropy: .seeded(1))
        #expect(made.board.hasLease == hasLease)
        if hasLease { made.board.lease = 5 }
        let now = LedgerSeconds(1)
        #expect(throws: LedgerMemoryError(.otherLayout)) {
            _ = try Ledger(adopting: memory.ledger, board: memory.board, now: now, hasLease: !hasLease).count
        }
        let adopted = try Ledger(adopting: memory.ledger, board: memory.board, now: now, hasLease: hasLease)
        #expect(adopted.board.lease == (hasLease ? 5 : .max))
    }

    @Test("refuses memory that is shorter than it says", arguments: [0, 4095, 4096, 8192])
    func short(_ size: Int) throws {
        let image = TestMemory(ledger: size, board: host.memory.board.count)
        image.ledger.copyMemory(from: UnsafeRawBufferPointer(rebasing: host.memory.ledger[..<size]))
        image.board.copyMemory(from: UnsafeRawBufferPointer(host.memory.board))
        #expect(refusal(image)?.code == (size < 4096 ? .notALedger : .wrongSize))
    }

    /// Offsets of a slot's fields that must be whole, and words that make them not so.
    @Test(
        "drops a slot that is not whole, and only that",
        arguments: [
            (24, 5000), (28, 5000), (32, 5000), (32, 10), (40, 0), (40, 1 << 20), (40, .max), (44, 1 << 30),
            (44, .max), (48, 100), (48, .max), (52, 0x7fff), (52, 0), (54, 0xffff), (40, 3), (44, 2),
            (36, 0), (36, 1000), (32, 1 << 31), (24, 1001), (28, 1001),
        ] as [(Int, UInt32)])
    func drops(_ field: Int, _ word: UInt32) throws {
        let made = try host.create("bob", context: "b")
        let other = try host.create("alice", context: "a")
        let image = host.memory.image()
        let slots = host.memory.ledger.count - tail
        let at = slots + Int(made.session.slot) * 64 + field
        if field >= 52 {
            image.ledger.storeBytes(of: UInt16(truncatingIfNeeded: word), toByteOffset: at, as: UInt16.self)
        } else {
            image.ledger.storeBytes(of: word, toByteOffset: at, as: UInt32.self)
        }
        let next = try TestHost(adopting: image, now: host.now)
        let isShared = field == 40 && word == 3 || field == 44 && word == 2
        #expect(next.counters.dropped == 1 && next.count == 1 && next.broken == [])
        if !isShared { #expect(next.sight(other.digest) != nil && next.sight(made.digest) == nil) }
    }

    /// Bytes from the first slot to the end: slots, contexts, users, data.
    private var tail: Int { 4096 + 8192 + 8192 + 278_528 }

    @Test("two slots with one digest are one session")
    func duplicates() throws {
        let first = try host.create("bob")
        let second = try host.create("alice")
        let image = host.memory.image()
        let slots = image.ledger.count - tail
        for byte in 0..<16 {
            image.ledger[slots + Int(second.session.slot) * 64 + byte] =
                image.ledger[slots + Int(first.session.slot) * 64 + byte]
        }
        let next = try TestHost(adopting: image, now: host.now)
        #expect(next.count == 1 && next.counters.dropped == 1 && next.broken == [])
    }

    @Test("no damage traps or leaves anything unsound", arguments: [51, 52] as [UInt64])
    func damage(_ seed: UInt64) throws {
        let model = try LedgerModel(seed: seed)
        var adopted = 0
        for _ in 0..<800 {
            model.step()
            let image = model.host.memory.image()
            for _ in 0...model.draw(12) { damage(image, model) }
            guard let next = try? TestHost(adopting: image, now: model.host.now + Int32(model.draw(50))) else {
                continue
            }
            adopted += 1
            #expect(next.broken == [])
            use(next, model)
            #expect(next.broken == [])
        }
        #expect(adopted > 400)
    }

    /// Overwrites one word somewhere: often with a small number, an extreme one, or a word from elsewhere.
    private func damage(_ image: TestMemory, _ model: LedgerModel) {
        let isBoard = model.draw(10) == 0
        let memory = isBoard ? image.board : image.ledger
        let area = model.draw(20) == 0 || isBoard ? memory.count / 4 : memory.count / 4 - 1024
        let at = (isBoard || area < 1024 ? model.draw(area) : 1024 + model.draw(area)) * 4
        let words: [UInt32] = [
            UInt32(model.draw(64)), .max, 1 << 31, 0, UInt32(truncatingIfNeeded: model.draw(1 << 31) &* 3),
            memory.load(fromByteOffset: model.draw(memory.count / 4) * 4, as: UInt32.self),
        ]
        memory.storeBytes(of: words[model.draw(words.count)], toByteOffset: min(at, memory.count - 4), as: UInt32.self)
    }

    /// Does a bit of everything on a ledger whose content is unknown.
    private func use(_ host: TestHost, _ model: LedgerModel) {
        try? host.nameServices()
        guard host.services.count == TestHost.names.count else { return }
        for number in 0..<6 {
            let user = "user\(model.draw(6))"
            let made = try? host.create(
                user, service: number % 3, context: String(repeating: "c", count: model.draw(200)), idle: 50,
                quota: UserQuota(limit: 2, policy: .endOldestIdle))
            if let made {
                _ = try? host.update(made.session, String(repeating: "d", count: model.draw(900)))
                _ = try? host.ledger.rotate(made.digest, to: host.token(), in: .all, now: LedgerSeconds(host.now))
            }
            if let user = host.user("user\(model.draw(6))") {
                _ = host.ledger.list(of: user, in: .all, limit: 3, now: LedgerSeconds(host.now)) { _ in true }
                _ = host.ledger.endAll(of: user, in: .all, reason: .request, now: LedgerSeconds(host.now)) { _, _, _ in
                }
            }
        }
        for session in model.sessions.values {
            _ = host.validate(session.digest).map { Sight($0, session.digest, host.ledger) }
        }
        host.now += 40
        _ = host.sweep()
    }

    @Test("random bytes behind a sound header are a sound ledger", arguments: [61, 62] as [UInt64])
    func noise(_ seed: UInt64) throws {
        let model = try LedgerModel(seed: seed)
        for _ in 0..<100 { model.step() }
        for round in 0..<100 {
            let image = model.host.memory.image()
            for at in stride(from: round % 2 == 0 ? 4096 : 64, to: image.ledger.count, by: 8) {
                let word = UInt64(truncatingIfNeeded: model.draw(1 << 31) &* 0x1_0000_0001 &* model.draw(8))
                image.ledger.storeBytes(of: word, toByteOffset: at, as: UInt64.self)
            }
            let next = try TestHost(adopting: image, now: .max - 100)
            #expect(next.broken == [])
            use(next, model)
            #expect(next.broken == [])
        }
    }
}
