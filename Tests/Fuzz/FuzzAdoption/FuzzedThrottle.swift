import UsherLogin

/// Takes over a damaged throttle and counts in it.
enum FuzzedThrottle {
    private static let entries = 16

    static func run(_ damage: inout Damage) {
        let size = ThrottleLayout.size(entries: entries)
        let block = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 4096)
        defer { block.deallocate() }
        block.initializeMemory(as: UInt8.self, repeating: 0)
        fill(Throttle(creatingIn: block, entries: entries, key: (3, 4)))
        let now = Duration.nanoseconds(Int64(damage.byte()) << Int64(damage.byte() % 56))
        let header = Area(block, from: 0, count: 8, of: 8)
        let table = Area(block, from: 4096, count: entries, of: 384)
        damage.apply(to: [
            table, header, table, Area(block, from: 4096 + entries * 384, count: entries * 20, of: 8), table,
        ])
        switch Throttle(adopting: block) {
        case .some(let throttle): use(throttle, now)
        case .none: break
        }
    }

    private static func source(_ number: Int) -> LoginSource { LoginSource(peer: UInt32(number % 3)) }

    private static func fill(_ throttle: consuming Throttle) {
        for number in 0..<30 {
            let ticket = throttle.ticket(user: "user\(number % 20)", realm: "site", source: source(number))
            throttle.failed(ticket, now: .seconds(number))
            if number % 4 == 0 {
                _ = throttle.succeeded(ticket, user: "user\(number % 20)", realm: "site", now: .seconds(number))
            }
        }
    }

    private static func use(_ throttle: consuming Throttle, _ now: Duration) {
        for number in 0..<24 {
            let ticket = throttle.ticket(user: "user\(number)", realm: "site", source: source(number))
            if case .refused(let wait) = throttle.admission(ticket, pending: number % 3, now: now) {
                precondition(wait > .zero && wait <= ThrottleCurve.longest, "waits \(wait)")
            }
            throttle.failed(ticket, now: now)
            if number % 3 == 0 { _ = throttle.succeeded(ticket, user: "user\(number)", realm: "site", now: now) }
            _ = throttle.entry(user: "user\(number)", realm: "site", now: now)
            if number % 7 == 0 { _ = throttle.clear(user: "user\(number)", realm: "site") }
        }
        precondition(throttle.list(now: now).count <= entries)
    }
}
