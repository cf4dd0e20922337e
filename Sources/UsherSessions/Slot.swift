/// One session in the ledger's memory: 64 bytes, one cache line.
///
/// A slot below the frontier is live if and only if its tag is not 0. The tag is stored last when a session is made and
/// zeroed first when it ends. The idle timeout is in the label that the slot names (see `LabelTable`), because many
/// sessions share it. `next` and `previous` link the sessions of a user; adoption rebuilds them and does not read them
/// before.
struct Slot {
    private let memory: LedgerMemory
    private let offset: Int

    init(_ memory: LedgerMemory, at offset: Int) {
        self.memory = memory
        self.offset = offset
    }

    /// The digest of the token.
    var digest: TokenDigest {
        get { TokenDigest(low: memory.load(offset), high: memory.load(offset + 8)) }
        nonmutating set {
            memory.store(newValue.low, at: offset)
            memory.store(newValue.high, at: offset + 8)
        }
    }

    /// The random part of the handle; 0 while the slot is not live.
    var tag: UInt64 {
        get { memory.load(offset + 16) }
        nonmutating set { memory.store(newValue, at: offset + 16) }
    }

    /// When the session was created.
    var created: LedgerSeconds {
        get { LedgerSeconds(memory.load(offset + 24)) }
        nonmutating set { memory.store(newValue.rawValue, at: offset + 24) }
    }

    /// When the user last proved who they are.
    var authenticated: LedgerSeconds {
        get { LedgerSeconds(memory.load(offset + 28)) }
        nonmutating set { memory.store(newValue.rawValue, at: offset + 28) }
    }

    /// When the token was last used.
    var lastSeen: LedgerSeconds {
        get { LedgerSeconds(memory.load(offset + 32)) }
        nonmutating set { memory.store(newValue.rawValue, at: offset + 32) }
    }

    /// The absolute limit.
    var expires: LedgerSeconds {
        get { LedgerSeconds(memory.load(offset + 36)) }
        nonmutating set { memory.store(newValue.rawValue, at: offset + 36) }
    }

    /// The record of the user.
    var user: UInt32 {
        get { memory.load(offset + 40) }
        nonmutating set { memory.store(newValue, at: offset + 40) }
    }

    /// The first unit of the context; 0 without one.
    var context: UInt32 {
        get { memory.load(offset + 44) }
        nonmutating set { memory.store(newValue, at: offset + 44) }
    }

    /// The first unit of the data; 0 without any.
    var data: UInt32 {
        get { memory.load(offset + 48) }
        nonmutating set { memory.store(newValue, at: offset + 48) }
    }

    /// The top bit of the word of the terms: a label has 12 bits.
    private static let shared: UInt16 = 1 << 15

    /// The label of service, realm and idle timeout.
    var terms: UInt16 { memory.load(offset + 52) & ~Self.shared }

    /// Whether the session is a copy of one that several hosts share.
    var isShared: Bool { memory.load(offset + 52, as: UInt16.self) & Self.shared != 0 }

    /// Sets ``terms`` and ``isShared``.
    func setTerms(_ terms: UInt16, isShared: Bool) {
        memory.store(isShared ? terms | Self.shared : terms, at: offset + 52)
    }

    /// The label of the methods.
    var methods: UInt16 {
        get { memory.load(offset + 54) }
        nonmutating set { memory.store(newValue, at: offset + 54) }
    }

    /// The next session of the user: its slot plus one; 0 at the end.
    var next: UInt32 {
        get { memory.load(offset + 56) }
        nonmutating set { memory.store(newValue, at: offset + 56) }
    }

    /// The session of the user before this one: its slot plus one; before the first one comes the last one.
    var previous: UInt32 {
        get { memory.load(offset + 60) }
        nonmutating set { memory.store(newValue, at: offset + 60) }
    }
}

/// All slots.
struct SlotTable {
    /// The ledger's memory.
    let memory: LedgerMemory
    /// Where the first slot is.
    let offset: Int
    /// How many there are.
    let capacity: Int

    /// A slot. Precondition, checked in debug builds: it exists.
    subscript(slot: Int) -> Slot {
        assert(slot >= 0 && slot < capacity)
        return Slot(memory, at: offset(of: slot))
    }

    /// Where a slot is.
    func offset(of slot: Int) -> Int { offset + slot * LedgerGeometry.slotSize }
}
