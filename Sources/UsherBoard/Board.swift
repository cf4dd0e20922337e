public import Synchronization

/// The board as its one writer, the daemon, sees it.
///
/// Every change of a slot is one release store of its word. The memory must stay while the board is in use.
@safe public struct Board {
    @usableFromInline let base: UnsafeMutableRawPointer
    /// How many slots the board has.
    public let slots: Int
    /// Which board it is.
    public let id: BoardID
    /// The id of the ledger that it belongs to.
    public let ledger: BoardID
    /// Whether clients may confirm answers only until ``lease``.
    public let hasLease: Bool

    /// Formats `memory`. The magic is stored last, so that half a header never passes for a board. Precondition:
    /// `memory` is zeroed, starts at a page and has `BoardLayout.size(slots:)` bytes. A lease
    /// begins as 0: no answer is confirmed before the first lease.
    public init(
        formatting memory: UnsafeMutableRawBufferPointer, slots: Int, id: BoardID, ledger: BoardID,
        hasLease: Bool = false
    ) {
        precondition(slots > 0 && slots <= BoardLayout.greatestSlots)
        guard let base = memory.baseAddress, memory.count >= BoardLayout.size(slots: slots) else {
            preconditionFailure("a board needs \(BoardLayout.size(slots: slots)) bytes")
        }
        unsafe self.base = base
        self.slots = slots
        self.id = id
        self.ledger = ledger
        self.hasLease = hasLease
        let layout = hasLease ? BoardLayout.leasedNumber : BoardLayout.plainNumber
        unsafe base.storeBytes(of: layout, toByteOffset: BoardLayout.layoutOffset, as: UInt32.self)
        unsafe base.storeBytes(of: UInt32(slots), toByteOffset: BoardLayout.slotsOffset, as: UInt32.self)
        unsafe base.store(id, at: BoardLayout.idOffset)
        unsafe base.store(ledger, at: BoardLayout.ledgerOffset)
        atomicMemoryFence(ordering: .acquiringAndReleasing)
        unsafe base.storeBytes(of: BoardLayout.magic, toByteOffset: BoardLayout.magicOffset, as: UInt64.self)
    }

    /// The board that `memory` holds already; nil where `BoardReader` would refuse it.
    public init?(adopting memory: UnsafeMutableRawBufferPointer) {
        guard let base = memory.baseAddress, let reader = unsafe BoardReader(UnsafeRawBufferPointer(memory))
        else { return nil }
        unsafe self.base = base
        (slots, id, ledger, hasLease) = (reader.slots, reader.id, reader.ledger, reader.hasLease)
    }

    /// The entry of a slot. Reading is a relaxed load: the writer sees its own stores. Precondition: the slot exists.
    @inlinable public subscript(slot: Int) -> BoardEntry {
        get { BoardEntry(word: unsafe word(slot).pointee.load(ordering: .relaxed)) }
        nonmutating set { unsafe word(slot).pointee.store(newValue.word, ordering: .releasing) }
    }

    /// The instant until which clients may confirm answers, in nanoseconds of CLOCK_BOOTTIME; 0 is never. `.max` where
    /// the board has no lease.
    ///
    /// Setting it is a release store: a client that sees the new lease sees all entries that were set before
    /// (`endsBeforeLease` in CLUSTER.md). Precondition of setting: the board has a lease.
    public var lease: UInt64 {
        get { hasLease ? unsafe leaseWord.pointee.load(ordering: .relaxed) : .max }
        nonmutating set {
            precondition(hasLease)
            unsafe leaseWord.pointee.store(newValue, ordering: .releasing)
        }
    }

    private var leaseWord: UnsafeMutablePointer<Atomic<UInt64>> {
        unsafe (base + BoardLayout.leaseOffset).assumingMemoryBound(to: Atomic<UInt64>.self)
    }

    /// The address of the owner's mutex, which has room for 64 bytes.
    public var owner: UnsafeMutableRawPointer { unsafe base + BoardLayout.ownerOffset }

    @inlinable func word(_ slot: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
        precondition(slot >= 0 && slot < slots)
        return unsafe (base + BoardLayout.size(slots: slot)).assumingMemoryBound(to: Atomic<UInt64>.self)
    }
}

extension UnsafeMutableRawPointer {
    /// Stores an id as 16 bytes at `offset`.
    func store(_ id: BoardID, at offset: Int) {
        unsafe storeBytes(of: id.low, toByteOffset: offset, as: UInt64.self)
        unsafe storeBytes(of: id.high, toByteOffset: offset + 8, as: UInt64.self)
    }
}
