internal import Synchronization

/// Counts, in the last word of the ledger's header, the daemons that began to adopt the ledger and did not finish.
///
/// A ledger that kills whoever adopts it would kill every successor. Only deaths between the start of an adoption and
/// the end of its self-check count. Nobody but the ledger can cause one: no socket is served before. A death afterwards
/// proves nothing against the ledger, since any client may be its cause.
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

    /// Notes that an adoption begins; whether there were too many before it.
    package func isTooOften() -> Bool {
        unsafe word.pointee.wrappingAdd(1, ordering: .relaxed).oldValue >= Self.limit
    }

    /// Notes that the adoption is over and the ledger whole.
    package func release() { unsafe word.pointee.store(0, ordering: .relaxed) }
}
