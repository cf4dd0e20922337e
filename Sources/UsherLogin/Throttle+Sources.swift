/// How many names may fail from one source: guessing one password at many names has a limit of its own, and no source
/// fills the table.
///
/// Each source, and each peer, may fail under so many names at once, and gets one back whenever a part of the hour has
/// passed (the generic cell rate algorithm): one instant a source says it all, kept in a sketch. A source is a peer and
/// the address that it gives for its user, believed or not (`ThrottleTicket.place`).
extension Throttle {
    /// The time in which the names come back.
    private static let span: UInt64 = 3_600_000_000_000
    /// How many sources' worth of names a peer may have entries made for: one that invents addresses fills no table.
    private static let sourcesPerPeer = 100

    private var sketch: ThrottleSketch {
        ThrottleSketch(memory, at: ThrottleLayout.sources(entries: entries), columns: entries)
    }

    /// How long a source must wait until it may fail under another name; zero where it may now.
    func wait(ofSource source: UInt64, now: UInt64) -> Duration { wait(source, allowance: namesPerSource, now: now) }

    /// Whether a peer has used up what it may have entries made for.
    func isSpent(peer: UInt64, now: UInt64) -> Bool {
        wait(peer, allowance: namesPerSource * Self.sourcesPerPeer, now: now) > .zero
    }

    /// A login of `ticket` failed under a name that its source had not failed under lately.
    func chargeName(_ ticket: ThrottleTicket, now: UInt64) {
        charge(ticket.place, allowance: namesPerSource, now: now)
        charge(ticket.peer, allowance: namesPerSource * Self.sourcesPerPeer, now: now)
    }

    private func wait(_ hash: UInt64, allowance: Int, now: UInt64) -> Duration {
        let full = now + Self.span - Self.span / UInt64(allowance)
        // Whatever the memory says, nobody waits for longer than for one name.
        let until = min(sketch.least(hash) { $0 }, full + Self.span / UInt64(allowance))
        return until > full ? .nanoseconds(Int64(clamping: until - full)) : .zero
    }

    private func charge(_ hash: UInt64, allowance: Int, now: UInt64) {
        let step = Self.span / UInt64(allowance)
        let until = min(max(sketch.least(hash) { $0 }, now), now + Self.span - step) + step
        sketch.raise(hash, to: until) { $0 < until || $0 > now + Self.span }
    }
}
