/// Tokens that were shown and are none, per user and minute, so that a peer that guesses is seen.
///
/// Sessions that ended are asked for as well, so that a few mean nothing; an entry is due at 100 within a minute, and
/// again at each tenfold, which keeps a flood from flooding the journal. At most as many users are in the table as had
/// a connection in that minute.
struct TokenGuesses {
    /// Refused tokens of one user in a minute that are worth an entry.
    static let threshold = 100

    private var counts: [UInt32: Int] = [:]
    private var minute: Int64 = 0

    /// Counts one of `user` at `now`, in nanoseconds; the count of this minute where an entry is due.
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
    /// `peer` has shown a token that is none, or none any more.
    func noteRefusedToken(_ peer: Peer) {
        statistics.tokensRefused += 1
        guard let count = guesses.note(peer.user, at: now.nanoseconds) else { return }
        host.record(.tokensRefused(count: count, peer: peer.credentials))
    }
}
