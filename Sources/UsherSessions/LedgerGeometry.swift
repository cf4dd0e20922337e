internal import UsherBoard

/// How a ledger divides its memory: header, labels, slots, contexts, users, data, each area starting at a page.
///
/// The capacity sets the sizes of the areas once: they have room for that many sessions of the largest context and
/// data. The memory behind them should be sparse (memfd_create(2)), so that only used pages cost memory;
/// `Ledger.memoryLimit` bounds those.
package struct LedgerGeometry: Hashable, Sendable {
    /// How many sessions fit, 1 to 2²⁴.
    package let capacity: Int
    /// Units of 64 bytes for contexts; a context of up to 60 bytes takes one.
    package let contextUnits: Int
    /// Units of 64 bytes for user names; a name of up to 20 bytes takes one.
    package let userUnits: Int
    /// Units of 256 bytes for data; up to 248 bytes take one.
    package let dataUnits: Int
    /// Records of 256 bytes for realms, services, lists of methods.
    package let labels: Int

    /// The greatest capacity: the index keeps seven spare bits beside a slot number.
    package static let greatestCapacity = 1 << 24
    /// How many realms there may be at once: the bits of a `RealmSet`.
    package static let realms = 64

    static let greatestLabels = 4096
    /// Links between units have 31 bits.
    static let greatestUnits = Int(Int32.max)
    static let headerSize = 4096
    static let slotSize = 64
    static let labelSize = 256
    static let contextUnit = 64
    static let userUnit = 64
    static let dataUnit = 256

    /// The geometry for `capacity` sessions, each with the largest context and data and a user of its own with the
    /// longest name. Above 10 million sessions there is less room for data: 512 GiB in all.
    package init(capacity: Int) {
        precondition(capacity >= 1 && capacity <= Self.greatestCapacity)
        self.capacity = capacity
        func units(_ size: Int, of unit: Int) -> Int {
            let payload = unit - UnitArea.linkSize
            // Unit 0 is never used, and a change of data needs room for the new beside the old.
            return min((capacity + 2) * ((size + payload - 1) / payload), Self.greatestUnits)
        }
        contextUnits = units(Limit.context, of: Self.contextUnit)
        userUnits = units(UserTable.head + Limit.userName, of: Self.userUnit)
        dataUnits = units(Ledger.dataHead + Limit.data, of: Self.dataUnit)
        labels = min(256 + capacity, Self.greatestLabels)
    }

    /// The geometry of those numbers; nil unless each is in its range.
    package init?(capacity: UInt32, contextUnits: UInt32, userUnits: UInt32, dataUnits: UInt32, labels: UInt32) {
        (self.capacity, self.labels) = (Int(capacity), Int(labels))
        (self.contextUnits, self.userUnits, self.dataUnits) = (Int(contextUnits), Int(userUnits), Int(dataUnits))
        let units = 2...Self.greatestUnits
        guard (1...Self.greatestCapacity).contains(self.capacity), units.contains(self.contextUnits),
            units.contains(self.userUnits), units.contains(self.dataUnits),
            (Self.realms + 1...Self.greatestLabels).contains(self.labels)
        else { return nil }
    }

    /// Bytes of the ledger's memory, whole pages.
    package var ledgerSize: Int { dataOffset + Self.pages(dataUnits * Self.dataUnit) }
    /// Bytes of the board's memory, whole pages.
    package var boardSize: Int { Self.pages(BoardLayout.size(slots: capacity)) }

    var labelsOffset: Int { Self.headerSize }
    var slotsOffset: Int { labelsOffset + Self.pages(labels * Self.labelSize) }
    var contextsOffset: Int { slotsOffset + Self.pages(capacity * Self.slotSize) }
    var usersOffset: Int { contextsOffset + Self.pages(contextUnits * Self.contextUnit) }
    var dataOffset: Int { usersOffset + Self.pages(userUnits * Self.userUnit) }

    /// The area of the contexts, with nothing in it.
    func contexts(_ memory: LedgerMemory) -> UnitArea {
        UnitArea(memory, at: contextsOffset, unitSize: Self.contextUnit, units: contextUnits)
    }

    /// The area of the users' names, with nothing in it.
    func users(_ memory: LedgerMemory) -> UnitArea {
        UnitArea(memory, at: usersOffset, unitSize: Self.userUnit, units: userUnits)
    }

    /// The area of the data, with nothing in it.
    func data(_ memory: LedgerMemory) -> UnitArea {
        UnitArea(memory, at: dataOffset, unitSize: Self.dataUnit, units: dataUnits)
    }

    /// Bytes of both memories that a session with a context of `size` bytes and without data takes, if its user has no
    /// other session and a name of up to 20 bytes.
    package static func bytes(perContext size: Int) -> Int {
        let payload = contextUnit - UnitArea.linkSize
        return slotSize + BoardLayout.size(slots: 1) - BoardLayout.size(slots: 0) + userUnit
            + (size + payload - 1) / payload * contextUnit
    }

    private static func pages(_ bytes: Int) -> Int { (bytes + 4095) / 4096 * 4096 }
}
