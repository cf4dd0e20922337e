import Testing
import UsherLogin
import UsherTestKit

@Suite("Adoption of a limiter")
struct LimiterAdoptionTests {
    static let source = LoginSource(peer: 1)

    private func isRefused(_ limiter: LimiterBench, _ user: String) -> Bool {
        let ticket = limiter.ticket(user: user, realm: "default", source: Self.source)
        return limiter.admission(ticket, pending: 0, now: .seconds(5)) != .admitted
    }

    private func use(_ limiter: LimiterBench, _ random: inout SplitMix) {
        for _ in 0..<25 {
            let user = "user\(random.next() % 20)"
            let now = Duration.nanoseconds(Int64(truncatingIfNeeded: random.next() >> (1 + random.next() % 63)))
            let ticket = limiter.ticket(user: user, realm: "default", source: .init(peer: UInt32(random.next() % 4)))
            if case .refused(let wait) = limiter.admission(ticket, pending: Int(random.next() % 3), now: now) {
                #expect(wait > .zero && wait <= LimiterCurve.longest)
            }
            limiter.failed(ticket, now: now)
            _ = limiter.succeeded(ticket, user: user, realm: "default", now: now)
            #expect(limiter.list(now: now).count <= 16)
            _ = limiter.entry(user: user, realm: "default", now: now)
            if random.next() % 8 == 0 { _ = limiter.clear(user: user, realm: "default") }
        }
    }

    @Test("finds what the process before it counted")
    func survives() throws {
        let memory = Memory(entries: 16)
        do {
            let limiter = memory.create(key: (3, 4))
            let ticket = limiter.ticket(user: "alice", realm: "default", source: Self.source)
            for _ in 0..<6 { limiter.failed(ticket, now: .seconds(5)) }
        }
        guard let adopted = memory.adopt() else {
            Issue.record("not adopted")
            return
        }
        #expect(isRefused(adopted, "alice"))
        #expect(!isRefused(adopted, "bob"))
    }

    @Test("takes no header that is not its own", arguments: 0..<6)
    func header(_ word: Int) {
        let memory = Memory(entries: 16)
        _ = memory.create()
        let good = memory.words[word]
        for value in [0, 1, good &+ 1, good &- 1, .max, 1 << 63] as [UInt64] where value != good {
            memory.words[word] = value
            #expect(memory.adopt() == nil)
        }
        memory.words[word] = good
        #expect(memory.adopt() != nil)
    }

    private func isAdopted(_ buffer: UnsafeMutableRawBufferPointer) -> Bool {
        switch Limiter(adopting: buffer) {
        case .some: true
        case .none: false
        }
    }

    @Test("takes no memory of another size")
    func sizes() {
        let memory = Memory(entries: 16)
        _ = memory.create()
        for size in [0, 8, 7, 4088, 4096, 4104, memory.buffer.count - 8, memory.buffer.count - 1] {
            #expect(!isAdopted(UnsafeMutableRawBufferPointer(rebasing: memory.buffer[..<size])))
        }
        #expect(!isAdopted(UnsafeMutableRawBufferPointer(start: nil, count: 0)))
        #expect(isAdopted(memory.buffer))
    }

    @Test("never traps on random content, nor waits longer than it may", arguments: 0..<25)
    func randomContent(_ seed: UInt64) {
        var random = SplitMix(seed: seed)
        let memory = Memory(entries: 16)
        _ = memory.create(key: (random.next(), random.next()))
        for word in 512..<memory.words.count { memory.words[word] = random.next() >> (random.next() % 64) }
        guard let limiter = memory.adopt() else {
            Issue.record("not adopted")
            return
        }
        use(limiter, &random)
    }

    @Test("never traps on a live image with bits flipped", arguments: 0..<25)
    func flippedBits(_ seed: UInt64) {
        var random = SplitMix(seed: seed)
        let memory = Memory(entries: 16)
        use(memory.create(), &random)
        for _ in 0..<200 { memory.words[Int(random.next() % UInt64(memory.words.count))] ^= 1 << (random.next() % 64) }
        if let limiter = memory.adopt() { use(limiter, &random) }
    }
}
