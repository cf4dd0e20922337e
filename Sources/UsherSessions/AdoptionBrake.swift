internal import Synchronization

/// Counts the starts of a daemon that never came to answer a request, in the last word of the ledger's header.
///
/// A ledger that kills whoever adopts it would kill every successor. Only deaths between the start of an adoption and
/// the first answer count: a kill or an upgrade under load does not bring the ledger closer to being dropped.
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

    /// Notes a start; whether there were too many before it.
    package func isTooOften() -> Bool {
        unsafe word.pointee.wrappingAdd(1, ordering: .relaxed).oldValue >= Self.limit
    }

    /// Notes that a request was answered.
    package func release() { unsafe word.pointee.store(0, ordering: .relaxed) }
}
