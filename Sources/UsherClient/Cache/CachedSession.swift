internal import CLinux
internal import UsherBoard
internal import UsherWire

/// What the daemon has confirmed of one token. Nothing but `nextTouch` ever changes.
final class CachedSession: @unchecked Sendable {
    let token: Token
    let session: Session
    /// The board that was attached on the connection which brought the answer: slot and stamp are of that one alone.
    let board: BoardMap
    private let slot: UInt32
    private let stamp: UInt32
    /// How long the daemon's word is good without being asked again, in nanoseconds of CLOCK_BOOTTIME: an hour after it
    /// was asked, at which it was no older.
    private let trusted: Int64
    /// How long one touch suffices, in nanoseconds: a twentieth of the idle timeout, which is the precision of the
    /// daemon.
    private let touchInterval: Int64
    /// When the next use must be reported to the daemon. Changed only under the lock of the entry's place.
    private var nextTouch: Int64

    /// How long the daemon's word is good without being asked again (PROTOCOL.md, board.attach): one hour.
    static let longestTrust: Int64 = 3_600_000_000_000
    private static let nanoseconds: Int64 = 1_000_000_000

    /// The answer to a call that began at `asked`; `touched` tells whether the call counted as a use of the session.
    /// Nil for a stamp that never confirms anything: 0, and the last one, at which a slot is retired.
    init?(_ token: Token, _ session: Session, _ place: BoardPlace, on board: BoardMap, asked: Int64, touched: Bool) {
        guard place.stamp != 0, place.stamp != BoardEntry.lastStamp else { return nil }
        self.token = token
        self.session = session
        self.board = board
        (slot, stamp) = (place.slot, place.stamp)
        trusted = asked + Self.longestTrust
        let idle = session.idleExpires.seconds.subtractingReportingOverflow(session.lastSeen.seconds).partialValue
        touchInterval = max(1, min(idle, 1 << 32)) * Self.nanoseconds / 20
        nextTouch = touched ? asked + touchInterval : asked
    }

    /// Whether the session may be accepted without asking at `now` (CLOCK_BOOTTIME, nanoseconds).
    func holds(at now: Int64) -> Bool { now < trusted && board.reader.confirms(stamp, of: slot, at: now) }

    /// Whether the lease of the host is over at `now`, so that no session holds before the daemon has a new lease. The
    /// session may hold again then, and is kept.
    func waitsForLease(at now: Int64) -> Bool { !board.reader.isLeased(at: now) }

    /// Whether a use at `now` must be reported to the daemon. If so, the next report is due `touchInterval` later.
    func isTouchDue(at now: Int64) -> Bool {
        guard now >= nextTouch else { return false }
        nextTouch = now + touchInterval
        return true
    }

    /// Takes over from an entry for the same token, so that asking again does not make touches more frequent.
    func inherit(from old: CachedSession) { nextTouch = max(nextTouch, old.nextTouch) }

    /// Whether the daemon's word is older than `other`'s.
    func isOlder(than other: CachedSession) -> Bool { trusted < other.trusted }
}
