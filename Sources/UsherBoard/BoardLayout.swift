/// The board: shared memory with an entry for each slot of the ledger. By it a client checks that a cached answer is
/// still valid.
///
/// A header of 4096 bytes, then one 64-bit word for each slot, with the stamp in the high half and the expiry in the
/// low half. All numbers are in the byte order of the machine. The daemon writes the board, and clients read it through
/// a read-only map. Because stamp and expiry share one word, a reader needs one acquire load, and sees a change of both
/// or of neither. A stamp only grows; 0 is never valid, and neither is the greatest one. Rejected: a sequence lock over
/// wider entries, which costs ten times as much to read and lets a writer that died half-way block every reader.
///
/// All declarations of this module are public, although no product offers them. Swift 6.3 does not inline `package`
/// declarations across modules, `@inlinable` or not, and a look-up with a call for each load and comparison takes twice
/// as long.
public enum BoardLayout {
    /// The first eight bytes, "UsherBrd".
    public static let magic: UInt64 = 0x6472_4272_6568_7355
    /// The number of the layout without a lease. Numbers other than these two are refused.
    public static let plainNumber: UInt32 = 1
    /// The number of the layout with a lease, of a host that shares sessions with others. Clients that know only the
    /// layout without a lease refuse it, and ask the daemon each time.
    public static let leasedNumber: UInt32 = 2
    /// Bytes before the first slot.
    @inlinable public static var headerSize: Int { 4096 }
    /// The greatest number of slots: the greatest capacity of a ledger (see `LedgerGeometry`).
    public static let greatestSlots = 1 << 24

    /// Offset of the magic, 8 bytes.
    public static let magicOffset = 0
    /// Offset of the layout's number, 4 bytes.
    public static let layoutOffset = 8
    /// Offset of the number of slots, 4 bytes.
    public static let slotsOffset = 12
    /// Offset of the board's own id, 16 bytes.
    public static let idOffset = 16
    /// Offset of the owner: a robust process-shared `pthread_mutex_t` (pthread_mutexattr_setrobust(3)), which the
    /// daemon locks. Its first 32 bits are the lock word of futex(2), which clients read as `owner`. It has room for 64
    /// bytes; glibc's mutex takes 40.
    @inlinable public static var ownerOffset: Int { 64 }
    /// Offset of the id of the ledger that this board belongs to, 16 bytes.
    public static let ledgerOffset = 128
    /// Offset of the lease, 8 bytes, alone in its cache line: nanoseconds of CLOCK_BOOTTIME (clock_gettime(2)) until
    /// which clients may confirm answers; 0 is never. Only in the layout with a lease.
    @inlinable public static var leaseOffset: Int { 192 }

    /// Bytes of a board of `slots` slots.
    @inlinable public static func size(slots: Int) -> Int { headerSize + slots * 8 }

    /// Whether the lock word `word` of the owner's mutex says that its holder lives: it has a thread id, and not
    /// `FUTEX_OWNER_DIED` (linux/futex.h), which the kernel sets before the sockets of a dead process close.
    @inlinable public static func lives(owner word: UInt32) -> Bool {
        word & 0x3fff_ffff != 0 && word & 0x4000_0000 == 0
    }
}
