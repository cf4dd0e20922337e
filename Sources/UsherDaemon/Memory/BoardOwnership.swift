internal import CLinux
internal import UsherBoard
internal import UsherPOSIX

/// The ownership of a board, and of the ledger that belongs to it: the robust mutex in its header, held by this
/// process.
///
/// The kernel lets go of it when the process dies, but only while its memory is mapped: so it is let go here before
/// that ends.
final class BoardOwnership {
    /// The board; it stays mapped as long as it is owned.
    let board: MemoryFile

    /// Takes `board`, whose owner must have died or let go. Throws EBUSY while it lives, EINVAL where there is no such
    /// mutex.
    init(of board: MemoryFile) throws(SystemError) {
        self.board = board
        let result = unsafe usher_owner_take(Self.mutex(of: board))
        guard result == 0 else {
            isHeld = false
            throw SystemError("pthread_mutex_trylock", code: result)
        }
        isHeld = true
    }

    private let isHeld: Bool

    deinit { if isHeld { unsafe usher_owner_release(Self.mutex(of: board)) } }

    private static func mutex(of board: MemoryFile) -> UnsafeMutableRawPointer? {
        unsafe board.bytes.baseAddress?.advanced(by: BoardLayout.ownerOffset)
    }
}
