internal import Synchronization

/// Counts the daemons in a row that began to adopt the ledger and did not finish. The count is the 32 bits at byte
/// 4,088 of the ledger's header.
///
/// A ledger that kills the process that adopts it would kill every successor as well. Only deaths between the start of
/// an adoption and the end of its self-check count. The ledger alone can cause such a death, because no socket is
/// served before. A later death proves nothing against the ledger, since any client may be its cause.
@safe package struct AdoptionBrake {
    /// Deaths in a row after which the ledger is dropped.
    package static let limit: UInt32 = 3
    private static let offset = LedgerGeometry.headerSize - 8

    private let word: UnsafeMutablePointer<Atomic<UInt32>>

    /// The brake of the ledger in `memory`; nil where that is too small to be one.
    package init?(of memory: UnsafeMutableRawBufferPointer) {
        guard let base = memory.baseAddress, memory.count >= LedgerGeometry.headerSize else { return nil }
        unsafe word = (base + Self.offset).assumingMemoryBound(to: Atomic<UInt32>.self)
    }

    /// Counts an adoption that begins. Returns whether `limit` adoptions before it, or more, did not finish.
    package func isTooOften() -> Bool {
        unsafe word.pointee.wrappingAdd(1, ordering: .relaxed).oldValue >= Self.limit
    }

    /// Sets the count to 0: the adoption is over, and the ledger is whole.
    package func release() { unsafe word.pointee.store(0, ordering: .relaxed) }
}
