internal import UsherBoard
internal import UsherNames

/// The first page of the ledger's memory: what it is, how it is divided, and the undo record.
struct Header {
    /// The first eight bytes, "UsherLdg".
    static let magic: UInt64 = 0x6764_4c72_6568_7355
    /// The number of this layout; memory with any other one is not adopted.
    static let layout: UInt32 = 5

    static let layoutOffset = 8
    static let numbers = 12
    static let id = 32
    static let board = 48
    /// One more than the greatest slot that `SlotPool` ever had below its frontier. Adoption reads no slot from there
    /// on.
    static let slotFrontier = 64
    /// One more than the greatest label that was ever used.
    static let labelFrontier = 68
    /// The key of the fingerprints in the users' records.
    static let key = 80
    static let undoMark = 128
    static let undoSlot = 192

    private let memory: LedgerMemory

    init(_ memory: LedgerMemory) { self.memory = memory }

    /// Writes the header of an empty ledger; the magic comes last.
    func format(_ geometry: LedgerGeometry, id: BoardID, board: BoardID, key: CredentialKey) {
        memory.store(Self.layout, at: Self.layoutOffset)
        let numbers = [
            geometry.capacity, geometry.contextUnits, geometry.userUnits, geometry.dataUnits, geometry.labels,
        ]
        for (at, number) in numbers.enumerated() { memory.store(UInt32(number), at: Self.numbers + 4 * at) }
        store(id, at: Self.id)
        store(board, at: Self.board)
        memory.store(key.low, at: Self.key)
        memory.store(key.high, at: Self.key + 8)
        memory.order()
        memory.store(Self.magic, at: 0)
    }

    private func store(_ id: BoardID, at offset: Int) {
        memory.store(id.low, at: offset)
        memory.store(id.high, at: offset + 8)
    }

    /// The id at `offset`.
    func identity(at offset: Int) -> BoardID { BoardID(low: memory.load(offset), high: memory.load(offset + 8)) }

    /// The key of the fingerprints.
    var credentialKey: CredentialKey {
        CredentialKey(low: memory.load(Self.key), high: memory.load(Self.key + 8))
    }

    /// The geometry; nil where the numbers are out of range.
    var geometry: LedgerGeometry? {
        let at = Self.numbers
        return LedgerGeometry(
            capacity: memory.load(at), contextUnits: memory.load(at + 4), userUnits: memory.load(at + 8),
            dataUnits: memory.load(at + 12), labels: memory.load(at + 16))
    }

    /// Copies a slot to the undo record and marks the record. Until `commit()`, an adoption restores the slot from it.
    func begin(_ slots: SlotTable, _ slot: Int) {
        memory.copy(from: slots.offset(of: slot), to: Self.undoSlot, count: LedgerGeometry.slotSize)
        memory.order()
        memory.store(UInt32(slot + 1), at: Self.undoMark)
        memory.order()
    }

    /// Removes the mark, so that an adoption keeps the changes since `begin`.
    func commit() {
        memory.order()
        memory.store(UInt32(0), at: Self.undoMark)
        memory.order()
    }

    /// Restores the marked slot, if any. The memory may say anything.
    func rollBack(_ slots: SlotTable) {
        let mark = Int(memory.load(Self.undoMark, as: UInt32.self))
        if mark >= 1, mark <= slots.capacity {
            memory.copy(
                from: Self.undoSlot, to: slots.offset(of: mark - 1), count: LedgerGeometry.slotSize)
        }
        commit()
    }
}

extension Entropy {
    /// A random id.
    mutating func nextID() -> BoardID { BoardID(low: next(), high: next()) }
}
