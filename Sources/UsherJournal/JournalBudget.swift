/// How many entries of one kind a peer may cause in a second, so that a flood of requests does not flood the journal.
/// Further entries are counted, and one entry tells their number when the second is over.
///
/// Invariant: at most `places` peers and kinds are told apart; further ones of a kind share a budget.
package struct JournalBudget {
    /// Entries of one kind that a peer may cause in a second.
    package static let entries = 10
    /// Peers and kinds that are told apart in a second.
    package static let places = 1024

    private struct Causer: Hashable {
        let message: JournalMessage
        let peer: UInt32
    }

    private var counts: [Causer: Int] = [:]
    /// Entries that were counted instead of written, in the seconds that are over.
    package private(set) var coalesced: UInt64 = 0

    /// An unused budget.
    package init() {}

    /// Counts an entry that `peer` causes; `UInt32.max` is nobody. Returns whether it is to be written.
    package mutating func takes(_ message: JournalMessage, of peer: UInt32) -> Bool {
        var causer = Causer(message: message, peer: peer)
        if counts[causer] == nil, counts.count >= Self.places { causer = Causer(message: message, peer: .max) }
        counts[causer, default: 0] += 1
        return counts[causer, default: 0] <= Self.entries
    }

    /// Ends the second. Returns entries that tell how much was not written.
    package mutating func end() -> [JournalRecord] {
        let over = counts.filter { $0.value > Self.entries }
        counts = [:]
        let order = over.sorted { ($0.key.peer, $0.key.message.id) < ($1.key.peer, $1.key.message.id) }
        return order.map { (causer, count) in
            let left = count - Self.entries
            coalesced += UInt64(left)
            return JournalRecord(
                .entriesCoalesced, .warning,
                [
                    "count": "\(left)", "what": causer.message.title, "entry": causer.message.id,
                    "peer_uid": causer.peer == .max ? nil : "\(causer.peer)",
                ])
        }
    }
}
