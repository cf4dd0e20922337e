/// Counts shown tokens that name no session, per user and minute, so that a peer that guesses is seen.
///
/// Peers also ask for sessions that have ended, so that a few refused tokens mean nothing. An entry of the journal is
/// due at 100 within a minute, and again at each tenfold, so that a flood does not flood the journal. The table has at
/// most as many users as had a connection in that minute.
struct TokenGuesses {
    /// Refused tokens of one user in a minute that are worth an entry.
    static let threshold = 100

    private var counts: [UInt32: Int] = [:]
    private var minute: Int64 = 0

    /// Counts a token of `user` at `now`, in nanoseconds. Returns the count of this minute if an entry is due.
    mutating func note(_ user: UInt32, at now: Int64) -> Int? {
        if now / 60_000_000_000 != minute { (counts, minute) = ([:], now / 60_000_000_000) }
        let count = counts[user, default: 0] + 1
        counts[user] = count
        return Self.isDue(count) ? count : nil
    }

    private static func isDue(_ count: Int) -> Bool {
        guard count % threshold == 0 else { return false }
        var due = threshold
        while due < count { due *= 10 }
        return due == count
    }
}

extension Engine {
    /// `peer` has shown a token of no session, or of one that has ended.
    func noteRefusedToken(_ peer: Peer) {
        statistics.tokensRefused += 1
        guard let count = guesses.note(peer.user, at: now.nanoseconds) else { return }
        host.record(.tokensRefused(count: count, peer: peer.credentials))
    }
}
