internal import UsherBoard

extension Ledger {
    /// Stores `now` as the last use of a session that is not over, which moves its idle deadline. The board's expiry
    /// follows in steps of a twentieth of the idle timeout, so that the board's readers learn little of when a session
    /// is used.
    @inline(__always)
    func touch(_ slot: Int, _ session: Session, now: LedgerSeconds) {
        slots[slot].lastSeen = now
        let deadline = min(now + session.idleTimeout, session.expires)
        let shown = board[slot]
        let expiry = LedgerSeconds(shown.expiry)
        let step = max(1, session.idleTimeout / 20)
        guard deadline > expiry, deadline >= expiry + step || deadline == session.expires else { return }
        memory.order()
        show(slot, stamp: shown.stamp, until: deadline.onBoard)
    }
}
