import Testing
import UsherBoard
import UsherNames
import UsherSecrets
import UsherSessions

@Suite("Ledger, against a dictionary")
struct LedgerModelTests {
    @Test("does what a dictionary would do, 6,000 operations each", arguments: [1, 2, 3, 4] as [UInt64])
    func operations(_ seed: UInt64) throws {
        let model = try LedgerModel(seed: seed)
        for _ in 0..<6000 {
            model.step()
            model.compare()
        }
        let counters = model.host.counters
        let least = [
            counters.created, counters.expired, counters.evicted, counters.revoked, counters.rotated,
            counters.reauthenticated, counters.updated,
        ].min()
        #expect(least ?? 0 > 50, "\(counters)")
    }

    @Test("is the same ledger after a restart, at any time, without the copies", arguments: [11, 12] as [UInt64])
    func restarts(_ seed: UInt64) throws {
        let model = try LedgerModel(seed: seed)
        for _ in 0..<1500 {
            model.step()
            let next = try model.host.restarted()
            #expect(next.count == model.host.count - model.copies.count && next.broken == [])
            #expect(!next.holdsShared && next.counters.dropped == 0)
            for session in model.sessions.values {
                #expect(next.sight(session.digest) == (session.isShared ? nil : model.host.sight(session.digest)))
            }
            for slot in 0..<24 {
                let before = model.host.board[slot]
                let isCopy = model.copies.contains { Int($0.slot) == slot }
                #expect(next.board[slot] == (isCopy ? BoardEntry(stamp: before.nextStamp, expiry: .zero) : before))
            }
        }
    }

    @Test("retires slots at their last stamp, and none comes back by a restart", arguments: [13, 14] as [UInt64])
    func retirement(_ seed: UInt64) throws {
        let model = try LedgerModel(seed: seed, oldSlots: true)
        var retired: Set<UInt32> = []
        for step in 0..<3000 {
            model.step()
            model.compare()
            #expect(retired.isSubset(of: model.retired))
            retired = model.retired
            guard step % 10 == 0 else { continue }
            let next = try model.host.restarted()
            #expect(next.count == model.host.count - model.copies.count && next.broken == [])
            let isFreed = model.copies.contains { next.board[Int($0.slot)].stamp != .max }
            #expect(next.isFull == (model.host.isFull && !isFreed))
        }
        #expect(retired.count == 12)
    }
}

@Suite("Ledger, crashes")
struct LedgerCrashTests {
    /// Takes an image of the memory before the store of each given number during an operation.
    final class Camera {
        let host: TestHost
        var images: [TestMemory] = []

        init(_ host: TestHost) { self.host = host }

        func watch(from first: Int, every step: Int, _ body: () -> Void) {
            var store = 0
            images = []
            host.ledger.watch.before = { [unowned self] in
                if store >= first, (store - first) % step == 0 { images.append(host.memory.image()) }
                store += 1
            }
            body()
            host.ledger.watch.before = nil
            images.append(host.memory.image())
        }
    }

    /// What the next process finds in `image` is, for each session, what it was before the operation or what it is
    /// after.
    func check(_ image: TestMemory, _ before: [SessionHandle: Sight], _ model: LedgerModel) throws {
        try checkBoard(image, before, model)
        let next = try TestHost(adopting: image, now: model.host.now)
        #expect(next.broken == [])
        let after = model.sessions
        #expect(!next.holdsShared && next.counters.dropped <= 1)
        for (handle, was) in before where was.isShared {
            #expect(next.session(was.digest) == nil)
            #expect(!confirms(next.board[Int(was.slot)], handle, model))
        }
        for (handle, was) in before where !was.isShared {
            let found = next.sight(was.digest) ?? after[handle].flatMap { next.sight($0.digest) }
            let isExpired = model.host.now >= was.idleExpires
            var used = was
            used.lastSeen = model.host.now
            #expect(found == was || found == used || found == after[handle] || isExpired && found == nil)
            if let now = after[handle], now.digest != was.digest {
                #expect(next.session(was.digest) == nil || next.session(now.digest) == nil)
            }
            // What a client cached of the old state does not hold once the new one has begun.
            // At the last stamp nothing is cached.
            if found != was, let found, found.digest != was.digest || found.version != was.version,
                model.stamps[handle] != .max
            {
                #expect(next.board[Int(was.slot)].stamp != model.stamps[handle])
            }
        }
        for digest in model.dead where !before.values.contains(where: { $0.digest == digest }) {
            #expect(next.session(digest) == nil)
        }
        // A session that was being made is there as it was meant, or not at all.
        for (handle, made) in after where before[handle] == nil {
            let found = next.sight(made.digest)
            #expect(found == nil || found == made && !made.isShared)
        }
        #expect(next.count <= before.count + 1)
    }

    /// What clients may have cached of a session does not hold in `image` once its slot says anything else.
    private func checkBoard(_ image: TestMemory, _ before: [SessionHandle: Sight], _ model: LedgerModel) throws {
        let board = try #require(Board(adopting: image.board))
        for (handle, was) in before {
            let word = { image.ledger.load(fromByteOffset: Self.slots + Int(was.slot) * 64 + $0, as: UInt64.self) }
            let isThere = word(0) == was.digest.low && word(8) == was.digest.high && word(16) == handle.tag
            let shown = board[Int(was.slot)]
            if !isThere { #expect(!confirms(shown, handle, model)) }
            if isThere, was.isShared, model.wasSuspended, model.isSuspended { #expect(shown.expiry == .zero) }
        }
    }

    /// Whether the board confirms what a client has cached of a session. At the last stamp nothing is cached.
    private func confirms(_ shown: BoardEntry, _ handle: SessionHandle, _ model: LedgerModel) -> Bool {
        guard let stamp = model.stamps[handle], stamp != .max else { return false }
        return shown.confirms(stamp: stamp, now: .zero)
    }

    /// Where the model's slots begin: behind the header and 80 labels.
    private static let slots = 4096 + 80 * 256

    @Test("after a crash between any two stores all that was acknowledged is there", arguments: [21, 22] as [UInt64])
    func betweenAnyStores(_ seed: UInt64) throws {
        let model = try LedgerModel(seed: seed)
        let camera = Camera(model.host)
        for _ in 0..<300 {
            let before = model.sessions
            model.noteStamps()
            camera.watch(from: 0, every: 1) { model.step() }
            for image in camera.images { try check(image, before, model) }
        }
    }

    @Test(
        "the same at one random store of each of 4,000 operations, also where slots are retired",
        arguments: [(31, false), (32, false), (33, true)] as [(UInt64, Bool)])
    func betweenSomeStores(_ seed: UInt64, oldSlots: Bool) throws {
        let model = try LedgerModel(seed: seed, oldSlots: oldSlots)
        let camera = Camera(model.host)
        for _ in 0..<4000 {
            let before = model.sessions
            model.noteStamps()
            camera.watch(from: model.draw(40), every: 1000) { model.step() }
            for image in camera.images.dropLast() { try check(image, before, model) }
        }
    }

    @Test("a crash during adoption is as good as none")
    func duringAdoption() throws {
        let model = try LedgerModel(seed: 41)
        let camera = Camera(model.host)
        for _ in 0..<300 {
            camera.watch(from: 0, every: 3) { model.step() }
            guard let image = camera.images.first else { continue }
            let first = try TestHost(adopting: image.image(), now: model.host.now)
            let again = try first.restarted()
            #expect(again.count == first.count && again.broken == [])
        }
    }
}
