public import Synchronization

/// A board as a client sees it: mapped memory, most often read-only, that another process changes at any time.
///
/// No content of the memory makes a reader unsafe: it reads the number of slots once and checks it against the size of
/// the map. The map must stay while a reader is in use, and must not shrink (seal `F_SEAL_SHRINK`, fcntl(2)).
@safe public struct BoardReader: @unchecked Sendable {
    @usableFromInline let base: UnsafeRawPointer
    /// How many slots the board has.
    public let slots: Int
    /// Which board it is.
    public let id: BoardID
    /// The id of the ledger that it belongs to.
    public let ledger: BoardID
    /// Whether answers are confirmed only until ``lease``.
    public let hasLease: Bool

    /// A reader of `memory`, which starts at a page; nil unless `memory` has a board of a known layout, with all its
    /// slots.
    public init?(_ memory: UnsafeRawBufferPointer) {
        guard let base = memory.baseAddress, memory.count >= BoardLayout.headerSize else { return nil }
        unsafe self.base = base
        slots = unsafe Int(base.load(fromByteOffset: BoardLayout.slotsOffset, as: UInt32.self))
        id = unsafe base.identity(at: BoardLayout.idOffset)
        ledger = unsafe base.identity(at: BoardLayout.ledgerOffset)
        let layout = unsafe base.load(fromByteOffset: BoardLayout.layoutOffset, as: UInt32.self)
        hasLease = layout == BoardLayout.leasedNumber
        guard unsafe base.load(as: UInt64.self) == BoardLayout.magic, hasLease || layout == BoardLayout.plainNumber,
            slots > 0, slots <= BoardLayout.greatestSlots,
            BoardLayout.size(slots: slots) <= memory.count
        else { return nil }
    }

    /// Whether an answer about the session in `slot` that came with `stamp` is still valid at `now`. The caller has
    /// read `now`, in nanoseconds of CLOCK_BOOTTIME, before.
    ///
    /// Loads the lease, then the entry, then the owner (`leaseOnBoard`, `leaseBeforeSlot` in CLUSTER.md). The daemon
    /// writes ends before it extends the lease, so a reader that sees the extended lease sees the ends too. If the
    /// entry were loaded first, an end and a new lease could be written between the two loads.
    @inlinable public func confirms(_ stamp: UInt32, of slot: UInt32, at now: Int64) -> Bool {
        guard isLeased(at: now), let entry = entry(slot) else { return false }
        return entry.confirms(stamp: stamp, now: now) && ownerLives
    }

    /// Whether the lease runs at `now`, in nanoseconds of CLOCK_BOOTTIME. Always true of a board without a lease.
    @inlinable public func isLeased(at now: Int64) -> Bool { !hasLease || UInt64(bitPattern: now) < lease }

    /// The word of the lease, by one acquire load. It means nothing on a board without a lease.
    @inlinable public var lease: UInt64 {
        unsafe (base + BoardLayout.leaseOffset).assumingMemoryBound(to: Atomic<UInt64>.self).pointee
            .load(ordering: .acquiring)
    }

    /// The entry of `slot` by one acquire load; nil beyond the last slot.
    @inlinable public func entry(_ slot: UInt32) -> BoardEntry? {
        guard Int(slot) < slots else { return nil }
        return BoardEntry(word: unsafe word(Int(slot)).pointee.load(ordering: .acquiring))
    }

    /// The lock word of the owner's mutex, by one acquire load.
    @inlinable public var owner: UInt32 {
        unsafe (base + BoardLayout.ownerOffset).assumingMemoryBound(to: Atomic<UInt32>.self).pointee
            .load(ordering: .acquiring)
    }

    /// Whether the daemon that owns the board lives.
    @inlinable public var ownerLives: Bool { BoardLayout.lives(owner: owner) }

    @inlinable func word(_ slot: Int) -> UnsafePointer<Atomic<UInt64>> {
        unsafe (base + BoardLayout.size(slots: slot)).assumingMemoryBound(to: Atomic<UInt64>.self)
    }
}

extension UnsafeRawPointer {
    /// The 16 bytes at `offset` as an id.
    func identity(at offset: Int) -> BoardID {
        unsafe BoardID(
            low: load(fromByteOffset: offset, as: UInt64.self),
            high: load(fromByteOffset: offset + 8, as: UInt64.self))
    }
}
