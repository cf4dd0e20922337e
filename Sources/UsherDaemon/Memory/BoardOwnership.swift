internal import CLinux
internal import UsherBoard
internal import UsherPOSIX

/// The ownership of a board, and of the ledger that belongs to it: this process has locked the robust mutex in the
/// board's header.
///
/// The kernel unlocks the mutex when the process dies, but only while the board is mapped. So the mutex is unlocked
/// here before the board is unmapped.
final class BoardOwnership {
    /// The board; it stays mapped as long as it is owned.
    let board: MemoryFile

    /// Takes `board`, whose owner must have died or let go. Throws EBUSY while another owner lives, EINVAL if the
    /// header has no such mutex.
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
