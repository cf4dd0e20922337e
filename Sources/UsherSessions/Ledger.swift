package import UsherBoard
package import UsherNames
internal import UsherSecrets

/// The session ledger: every session of the host in memory that the caller gives, so that it outlives the process.
///
/// Two memories: the ledger's (header, labels, slots, contexts, users, data; see `LedgerGeometry`) and the board's.
/// The index, the free lists, the links and the deadlines can be rebuilt by one scan, and are private to the process.
///
/// Invariants, at every store:
/// - A slot below the frontier is live if and only if its tag is not 0. All that the slot refers to is whole before the
///   tag is stored, and is freed after the tag is zeroed.
/// - A session ends on the board first (next stamp, expiry zero), then in its slot.
/// - A change that adoption must not find half done (digest, methods, times of a new proof) is made under the header's
///   undo record.
/// - The board never promises more than the ledger: its expiry is at most the session's deadline. It promises nothing
///   of a copy of a shared session while the copies are suspended.
/// - A copy of a shared session is marked in its slot, and adoption drops it unless the caller knows its bucket. All
///   else that copies need is in `SharedCopies`, which is private to the process.
/// - Ledger and board carry each other's id, and adoption takes both or neither.
///
/// Time is a parameter. No I/O, no locks; one thread. Rejected: a log that is replayed (recovery takes as long as the
/// log), and one hash table in shared memory (a rehash cannot be undone half-way).
@safe package struct Ledger: ~Copyable {
    /// Called for each session after it has ended; the ledger still lends its texts.
    package typealias Ended = (borrowing Ledger, Session, EndReason) -> Void

    /// How the memory is divided.
    package let geometry: LedgerGeometry
    /// The board that goes with it.
    package let board: Board
    /// What happened since this process took the ledger.
    package internal(set) var counters = LedgerCounters()
    /// How many sessions live, expired ones that no sweep has reached included.
    package internal(set) var count = 0

    #if DEBUG
        /// Lets a test look at both memories between any two stores.
        package let watch: StoreWatch
    #endif

    let memory: LedgerMemory
    let slots: SlotTable
    var labels: LabelTable
    var index: DigestIndex
    var pool: SlotPool
    var copies: SharedCopies
    var users: UserTable
    var contexts: UnitArea
    var data: UnitArea
    var bounds: DeadlineBounds
    var sweeping: SweepPosition
    /// The tag of the session that is being reported as ended.
    var ending: UInt64?
    var entropy: Entropy
    var residence = Residence()
    /// ``memoryUsed`` in bytes from which on the areas of units stop growing. Lowering it frees nothing.
    package var memoryLimit = Int.max
    var warmth: UInt32 = 0
    private let place = Place()

    /// The memory's parts with nothing in them. Precondition: the memory is large enough for `geometry`.
    init(
        over base: UnsafeMutableRawPointer, board: Board, geometry: LedgerGeometry, entropy: consuming Entropy
    ) throws(LedgerMemoryError) {
        #if DEBUG
            let watch = StoreWatch()
            let memory = unsafe LedgerMemory(base: base, size: geometry.ledgerSize, watch: watch)
        #else
            let memory = unsafe LedgerMemory(base: base, size: geometry.ledgerSize)
        #endif
        let slots = SlotTable(memory: memory, offset: geometry.slotsOffset, capacity: geometry.capacity)
        let index = try DigestIndex(slots: slots, key: (entropy.next(), entropy.next()))
        let pool = try SlotPool(capacity: geometry.capacity)
        let copies = try SharedCopies(slots: slots, key: (entropy.next(), entropy.next()))
        let users = try UserTable(memory, slots: slots, area: geometry.users(memory))

        self.geometry = geometry
        self.board = board
        #if DEBUG
            self.watch = watch
        #endif
        self.memory = memory
        self.slots = slots
        self.index = index
        self.pool = pool
        self.copies = copies
        self.users = users
        labels = LabelTable(
            memory, at: geometry.labelsOffset, frontierAt: Header.labelFrontier, count: geometry.labels)
        contexts = geometry.contexts(memory)
        data = geometry.data(memory)
        bounds = DeadlineBounds(capacity: geometry.capacity)
        sweeping = SweepPosition()
        self.entropy = entropy
    }

    /// Formats both memories and begins with no session; `hasLease` decides the layout of the board. Throws
    /// `noAddressSpace`. Precondition: both are zeroed, start at a page, stay as long as the value, and have
    /// `geometry.ledgerSize` and `geometry.boardSize` bytes.
    package init(
        formatting ledger: UnsafeMutableRawBufferPointer, board: UnsafeMutableRawBufferPointer,
        geometry: LedgerGeometry, hasLease: Bool = false, entropy: consuming Entropy = .kernel
    ) throws(LedgerMemoryError) {
        guard let base = ledger.baseAddress, ledger.count >= geometry.ledgerSize else {
            preconditionFailure("the ledger needs \(geometry.ledgerSize) bytes")
        }
        let ids = (entropy.nextID(), entropy.nextID())
        let key = CredentialKey(low: entropy.next(), high: entropy.next())
        let board = unsafe Board(
            formatting: board, slots: geometry.capacity, id: ids.1, ledger: ids.0, hasLease: hasLease)
        try unsafe self.init(over: base, board: board, geometry: geometry, entropy: entropy)
        Header(memory).format(geometry, id: ids.0, board: ids.1, key: key)
    }

    /// Figures of what is in use.
    package var usage: LedgerUsage {
        LedgerUsage(
            sessions: count, slots: pool.used, users: users.count, userUnits: users.unitsInUse,
            contextUnits: contexts.unitsInUse, dataUnits: data.unitsInUse, labels: labels.inUse)
    }

    /// Brings into the cache what ending or adopting the session of that slot will need. Call it for many slots before
    /// handling the first: many independent loads take the time of one, dependent loads the sum of all. The result
    /// means nothing, but the caller must add it to `warmth`, or the compiler drops the loads.
    func warm(_ slot: Int) -> UInt32 {
        let fields = slots[slot]
        return index.warm(fields.digest) &+ contexts.warm(fields.context) &+ board[slot].stamp
    }

    // MARK: Names

    /// The realm of that name, until ``dropNames(sparing:)``. Throws `labelSize`, `labelsFull`.
    package mutating func realm(_ name: Span<UInt8>) throws(LedgerError) -> RealmID {
        RealmID(UInt8(try labels.intern(.init(kind: .realm), name)))
    }

    /// The service of that name in `realm`, until ``dropNames(sparing:)``. Throws `labelSize`, `labelsFull`.
    package mutating func service(_ name: Span<UInt8>, realm: RealmID) throws(LedgerError) -> ServiceID {
        ServiceID(UInt16(try labels.intern(.init(kind: .service, realm: realm.rawValue), name)))
    }

    /// Forgets the services and realms that no session has and that `needed` does not name. The ids of forgotten ones
    /// must not be used any more: later names reuse their numbers.
    package mutating func dropNames(sparing needed: Set<ServiceID>) {
        labels.dropUnused(sparing: Set(needed.map(\.rawValue)))
    }

    /// The realm that a service belongs to.
    package func realm(of service: ServiceID) -> RealmID { RealmID(labels.heads[Int(service.rawValue)].realm) }
}

/// Counters of a ledger since its process took it.
package struct LedgerCounters: Hashable, Sendable {
    /// Sessions made; copies of shared sessions are not.
    package internal(set) var created: UInt64 = 0
    /// Tokens exchanged.
    package internal(set) var rotated: UInt64 = 0
    /// Re-authentications: the user proved again who they are.
    package internal(set) var reauthenticated: UInt64 = 0
    /// Data replaced.
    package internal(set) var updated: UInt64 = 0
    /// Sessions that ended for lack of use or at their absolute limit; copies of shared sessions are not counted.
    package internal(set) var expired: UInt64 = 0
    /// Sessions that somebody ended.
    package internal(set) var revoked: UInt64 = 0
    /// Sessions that made room for a newer one.
    package internal(set) var evicted: UInt64 = 0
    /// Sessions that ended with their account, by ``AccountEnd``.
    private var ofAccounts = [UInt64](repeating: 0, count: AccountEnd.allCases.count)
    /// Sessions that adoption ended: they were damaged, or were ending when the earlier process died.
    package internal(set) var dropped: UInt64 = 0

    /// Sessions that ended with their account in that way.
    package func ended(_ end: AccountEnd) -> UInt64 { ofAccounts[Int(end.rawValue)] }

    /// Notes an end.
    mutating func note(_ reason: EndReason) {
        switch reason {
        case .idle, .absolute: expired += 1
        case .request: revoked += 1
        case .quota: evicted += 1
        case .account(let end): ofAccounts[Int(end.rawValue)] += 1
        }
    }
}

/// How much of a ledger is in use.
package struct LedgerUsage: Hashable, Sendable {
    /// Live sessions.
    package let sessions: Int
    /// Slots that are taken or retired.
    package let slots: Int
    /// Users with a session.
    package let users: Int
    /// Units of 64 bytes for their names.
    package let userUnits: Int
    /// Units of 64 bytes for contexts.
    package let contextUnits: Int
    /// Units of 256 bytes for data.
    package let dataUnits: Int
    /// Realms, services, terms, lists of methods.
    package let labels: Int
}
