/// The board: shared memory that says of each slot of the ledger whether a cached answer still holds.
///
/// A header of 4096 bytes, then one 64-bit word per slot, stamp in the high half and expiry in the low half, written by
/// the daemon and read by clients through a read-only map; all numbers in the byte order of the machine. Because stamp
/// and expiry share one word, a reader needs one acquire load and sees both or neither change. A stamp only grows: 0
/// was never valid, the greatest one is never valid again. Rejected: a sequence lock over wider entries, which costs
/// ten times as much to read and lets a writer that died half-way block every reader.
///
/// What this module declares is public, although no product offers it, because Swift 6.3 does not inline across modules
/// what is `package`, be it `@inlinable` or not; and a look-up takes twice as long with calls for each load and
/// comparison.
public enum BoardLayout {
    /// The first eight bytes, "UsherBrd".
    public static let magic: UInt64 = 0x6472_4272_6568_7355
    /// The number of this layout; any other one is refused.
    public static let number: UInt32 = 1
    /// Bytes before the first slot.
    @inlinable public static var headerSize: Int { 4096 }
    /// The greatest number of slots: what the ledger's index can number (see `LedgerGeometry`).
    public static let greatestSlots = 1 << 24

    /// Offset of the magic, 8 bytes.
    public static let magicOffset = 0
    /// Offset of the layout's number, 4 bytes.
    public static let layoutOffset = 8
    /// Offset of the number of slots, 4 bytes.
    public static let slotsOffset = 12
    /// Offset of the board's own id, 16 bytes.
    public static let idOffset = 16
    /// Offset of the owner: a robust process-shared `pthread_mutex_t` (pthread_mutexattr_setrobust(3)) that the daemon
    /// holds. Its first 32 bits are the lock word of futex(2), the `owner` that clients read. It has room for 64 bytes;
    /// glibc's mutex takes 40.
    @inlinable public static var ownerOffset: Int { 64 }
    /// Offset of the id of the ledger that this board belongs to, 16 bytes.
    public static let ledgerOffset = 128

    /// Bytes of a board of `slots` slots.
    @inlinable public static func size(slots: Int) -> Int { headerSize + slots * 8 }

    /// Whether the lock word of the owner's mutex says that its holder lives: a thread id is in it, and the kernel has
    /// not set `FUTEX_OWNER_DIED` (linux/futex.h), which it does before the sockets of a dead process close.
    @inlinable public static func lives(owner word: UInt32) -> Bool {
        word & 0x3fff_ffff != 0 && word & 0x4000_0000 == 0
    }
}
