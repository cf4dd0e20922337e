/// Byte strings of any length in units of one size, chained: contexts, user names, data.
///
/// Each unit begins with a link. In the last unit of a chain, the link is the top bit and the number of bytes in use in
/// the unit; in every other unit, it is the number of the next unit. Unit 0 is never used, so that 0 can mean "none".
/// The same word chains the free units; adoption rebuilds that chain and does not read it before. Rejected: blocks of
/// contiguous units, which fragment until a half empty area refuses a large block. The price is one copy when more than
/// one unit is read.
struct UnitArea {
    private let memory: LedgerMemory
    private let offset: Int
    private let unitSize: Int
    private let units: Int
    private var firstFree: UInt32 = 0
    private var free = 0
    /// Units from here on were never used.
    private var frontier = 1

    private static let last: UInt32 = 1 << 31
    /// Bytes of a unit's link.
    static let linkSize = 4

    /// The area of `units` units of `unitSize` bytes at `offset`, with nothing in it.
    init(_ memory: LedgerMemory, at offset: Int, unitSize: Int, units: Int) {
        self.memory = memory
        self.offset = offset
        self.unitSize = unitSize
        self.units = units
    }

    /// Bytes of a unit that are not its link.
    private var payload: Int { unitSize - Self.linkSize }

    /// How many units are in use.
    var unitsInUse: Int { frontier - 1 - free }

    /// Bytes from the start of the area that were ever in use.
    var extent: Int { frontier * unitSize }

    /// Whether `bytes` bytes fit, once `freed` more units are free.
    func hasRoom(for bytes: Int, freeing freed: Int = 0) -> Bool {
        units - frontier + free + freed >= count(for: bytes)
    }

    /// By how many bytes ``extent`` grows when `bytes` bytes are stored, once `freed` more units are free.
    func growth(for bytes: Int, freeing freed: Int = 0) -> Int {
        max(0, count(for: bytes) - free - freed) * unitSize
    }

    /// Units of the chain that begins with `first`.
    func units(of first: UInt32) -> Int { count(for: count(first)) }

    /// How many bytes ``bytesInUse`` rises by when `bytes` bytes are stored.
    func size(of bytes: Int) -> Int { count(for: bytes) * unitSize }

    /// Units that `bytes` bytes take.
    private func count(for bytes: Int) -> Int { max(1, (bytes + payload - 1) / payload) }

    /// Bytes of the units in use.
    var bytesInUse: Int { unitsInUse * unitSize }

    /// Where the bytes of a unit begin, behind its link.
    func address(of unit: UInt32) -> Int { link(of: unit) + Self.linkSize }

    private func link(of unit: UInt32) -> Int { offset + Int(unit) * unitSize }

    /// Stores `bytes` behind a head of `head` bytes, which the caller fills. The head fits in one unit. Returns the
    /// first unit. Precondition: `hasRoom(for: head + bytes.count)`.
    mutating func store(_ bytes: Span<UInt8>, head: Int = 0) -> UInt32 {
        let first = take()
        var (unit, start, done) = (first, head, 0)
        while true {
            let part = min(payload - start, bytes.count - done)
            memory.store(bytes.extracting(done..<done + part), at: address(of: unit) + start)
            done += part
            guard done < bytes.count else {
                memory.store(Self.last | UInt32(start + part), at: link(of: unit))
                return first
            }
            let following = take()
            memory.store(following, at: link(of: unit))
            (unit, start) = (following, 0)
        }
    }

    private mutating func take() -> UInt32 {
        guard firstFree != 0 else {
            precondition(frontier < units, "an area without room")
            frontier += 1
            return UInt32(frontier - 1)
        }
        let unit = firstFree
        firstFree = memory.load(link(of: unit))
        free -= 1
        return unit
    }

    /// Frees the chain that begins with `first`.
    mutating func release(_ first: UInt32) {
        var unit = first
        while true {
            let link: UInt32 = memory.load(link(of: unit))
            give(unit)
            guard link & Self.last == 0 else { return }
            unit = link
        }
    }

    private mutating func give(_ unit: UInt32) {
        memory.store(firstFree, at: link(of: unit))
        firstFree = unit
        free += 1
    }

    /// Whether the area has a unit of that number.
    func holds(_ unit: UInt32) -> Bool { Int(unit) < units }

    /// Reads the link of a unit, so that it is in the cache soon; 0 where the area has no such unit.
    func warm(_ unit: UInt32) -> UInt32 { holds(unit) ? memory.load(link(of: unit)) : 0 }

    /// How many bytes the chain holds behind its head.
    func count(_ first: UInt32, head: Int = 0) -> Int {
        var (total, unit) = (-head, first)
        while true {
            let link: UInt32 = memory.load(link(of: unit))
            guard link & Self.last == 0 else { return total + Int(link & ~Self.last) }
            total += payload
            unit = link
        }
    }

    /// Lends the bytes behind the head: in place from a single unit, else from a copy. A copy of up to 1,024 bytes is
    /// on the stack.
    @inline(__always)
    func withBytes<R, E: Error>(
        _ first: UInt32, head: Int = 0, _ body: (Span<UInt8>) throws(E) -> R
    ) throws(E) -> R {
        let link: UInt32 = memory.load(link(of: first))
        guard link & Self.last == 0 else {
            return try memory.withBytes(address(of: first) + head, count: Int(link & ~Self.last) - head, body)
        }
        return try withCopy(first, head: head, body)
    }

    @inline(never)
    private func withCopy<R, E: Error>(
        _ first: UInt32, head: Int, _ body: (Span<UInt8>) throws(E) -> R
    ) throws(E) -> R {
        let size = count(first, head: head)
        let result: Result<R, E> = unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: size) { copy in
            unsafe gather(first, head: head, into: copy)
            let bytes = unsafe Span(_unsafeElements: UnsafeBufferPointer(copy))
            do throws(E) { return .success(try body(bytes)) } catch { return .failure(error) }
        }
        return try result.get()
    }

    private func gather(_ first: UInt32, head: Int, into copy: UnsafeMutableBufferPointer<UInt8>) {
        var (unit, start, done) = (first, head, 0)
        while true {
            let link: UInt32 = memory.load(link(of: unit))
            let isLast = link & Self.last != 0
            let part = (isLast ? Int(link & ~Self.last) : payload) - start
            memory.withBytes(address(of: unit) + start, count: part) { bytes in
                unsafe bytes.withUnsafeBytes {
                    unsafe UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: copy[done...]))
                        .copyMemory(from: $0)
                }
            }
            guard !isLast else { return }
            (unit, start, done) = (link, 0, done + part)
        }
    }
}

extension UnitArea {
    /// An empty set for the claims of `claim`: the units of this area that adoption has found in use.
    func noClaims() throws(LedgerMemoryError) -> BitSet { try BitSet(capacity: units) }

    /// Claims the chain that begins with `first`, in memory that may say anything. Returns false, and claims nothing,
    /// unless the chain is whole: within the area, without a loop, without a unit that is claimed already, and of an
    /// allowed length behind its head.
    func claim(_ first: UInt32, head: Int = 0, lengths: ClosedRange<Int>, in claims: borrowing BitSet) -> Bool {
        var (unit, total, steps) = (first, -head, 0)
        while unit >= 1, Int(unit) < units, !claims.contains(Int(unit)) {
            claims.insert(Int(unit))
            steps += 1
            let link: UInt32 = memory.load(link(of: unit))
            if link & Self.last != 0 {
                let used = Int(link & ~Self.last)
                if used <= payload, used >= (steps == 1 ? head : 0), lengths.contains(total + used) { return true }
                break
            }
            total += payload
            guard total <= lengths.upperBound else { break }
            unit = link
        }
        unclaim(first, units: steps, in: claims)
        return false
    }

    /// Gives up the claims of a chain: of its first `count` units, or of all.
    func unclaim(_ first: UInt32, units count: Int = .max, in claims: borrowing BitSet) {
        var (unit, steps) = (first, 0)
        while steps < count {
            claims.remove(Int(unit))
            let link: UInt32 = memory.load(link(of: unit))
            guard link & Self.last == 0 else { return }
            (unit, steps) = (link, steps + 1)
        }
    }

    /// Rebuilds the chain of free units: those below the greatest claimed unit that are not claimed.
    mutating func rebuild(from claims: borrowing BitSet) {
        (firstFree, free, frontier) = (0, 0, (claims.greatest ?? 0) + 1)
        for unit in (1..<frontier).reversed() where !claims.contains(unit) { give(UInt32(unit)) }
    }
}
