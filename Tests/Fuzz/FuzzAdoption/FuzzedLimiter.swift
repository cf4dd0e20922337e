import UsherLogin

/// Takes over a damaged limiter and counts in it.
enum FuzzedLimiter {
    private static let entries = 16

    static func run(_ damage: inout Damage) {
        let size = LimiterLayout.size(entries: entries)
        let block = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 4096)
        defer { block.deallocate() }
        block.initializeMemory(as: UInt8.self, repeating: 0)
        fill(Limiter(creatingIn: block, entries: entries, key: (3, 4)))
        let now = Duration.nanoseconds(Int64(damage.byte()) << Int64(damage.byte() % 56))
        let header = Area(block, from: 0, count: 8, of: 8)
        let table = Area(block, from: 4096, count: entries, of: 384)
        damage.apply(to: [
            table, header, table, Area(block, from: 4096 + entries * 384, count: entries * 20, of: 8), table,
        ])
        switch Limiter(adopting: block) {
        case .some(let limiter): use(limiter, now)
        case .none: break
        }
    }

    private static func source(_ number: Int) -> LoginSource { LoginSource(peer: UInt32(number % 3)) }

    private static func fill(_ limiter: consuming Limiter) {
        for number in 0..<30 {
            let ticket = limiter.ticket(user: "user\(number % 20)", realm: "site", source: source(number))
            limiter.failed(ticket, now: .seconds(number))
            if number % 4 == 0 {
                _ = limiter.succeeded(ticket, user: "user\(number % 20)", realm: "site", now: .seconds(number))
            }
        }
    }

    private static func use(_ limiter: consuming Limiter, _ now: Duration) {
        for number in 0..<24 {
            let ticket = limiter.ticket(user: "user\(number)", realm: "site", source: source(number))
            if case .refused(let wait) = limiter.admission(ticket, pending: number % 3, now: now) {
                precondition(wait > .zero && wait <= LimiterCurve.longest, "waits \(wait)")
            }
            limiter.failed(ticket, now: now)
            if number % 3 == 0 { _ = limiter.succeeded(ticket, user: "user\(number)", realm: "site", now: now) }
            _ = limiter.entry(user: "user\(number)", realm: "site", now: now)
            if number % 7 == 0 { _ = limiter.clear(user: "user\(number)", realm: "site") }
        }
        precondition(limiter.list(now: now).count <= entries)
    }
}
