import CLinux
import Testing
import UsherSessions

@Suite("Ledger, memory that is kept in RAM")
struct LedgerResidenceTests {
    /// What was asked for of each part.
    final class Asked {
        var ranges: [LedgerPart: [Range<Int>]] = [:]
        var bytes: Int { ranges.values.joined().reduce(0) { $0 + $1.count } }

        func covers(_ part: LedgerPart, _ page: Int) -> Bool {
            ranges[part]?.contains { $0.contains(page * 4096) } ?? false
        }
    }

    let host: TestHost
    let asked = Asked()

    init() throws { host = try TestHost(LedgerGeometry(capacity: 12_000)) }

    private func keep(_ part: LedgerPart, _ range: Range<Int>) -> Bool {
        asked.ranges[part, default: []].append(range)
        return true
    }

    private func fill(_ count: Int) throws {
        for number in 0..<count {
            let made = try host.create("user\(number)", context: "c")
            if number % 4 == 0 { _ = try host.update(made.session, "d") }
        }
    }

    /// Pages of a memory that hold anything.
    private func written(_ memory: UnsafeMutableRawBufferPointer) -> [Int] {
        let nothing = [UInt8](repeating: 0, count: 4096)
        return (0..<memory.count / 4096).filter { page in
            memory.baseAddress.map { memcmp($0 + page * 4096, nothing, 4096) != 0 } ?? false
        }
    }

    @Test("every page that is written has been asked for, in whole pages, once, and little else", arguments: [0, 4000])
    func covers(_ before: Int) throws {
        try fill(before)
        host.ledger.keepResident(by: keep)
        try fill(5000)
        for page in written(host.memory.ledger) { #expect(asked.covers(.ledger, page)) }
        for page in written(host.memory.board) { #expect(asked.covers(.board, page)) }
        let ends = asked.ranges.values.joined().flatMap { [$0.lowerBound, $0.upperBound] }
        #expect(ends.allSatisfy { $0 % 4096 == 0 })
        for ranges in asked.ranges.values {
            let sorted = ranges.sorted { $0.lowerBound < $1.lowerBound }
            for (one, next) in zip(sorted, sorted.dropFirst()) { #expect(one.upperBound <= next.lowerBound) }
        }
        let used = 4096 * (written(host.memory.ledger).count + written(host.memory.board).count)
        #expect(asked.bytes < used + 6 * 256 * 1024)
        #expect(host.ledger.lockedBytes == asked.bytes && host.ledger.unlockedBytes == 0)
    }

    @Test("a kernel that locks nothing is counted, and no error")
    func refused() throws {
        host.ledger.keepResident { _, _ in false }
        try fill(5000)
        #expect(host.ledger.lockedBytes == 0 && host.ledger.unlockedBytes > 5000 * 64 && host.broken == [])
    }
}
