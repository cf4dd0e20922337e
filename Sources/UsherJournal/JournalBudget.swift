/// How many entries of one kind a causer may cause in a second, so that a flood of requests does not flood the journal.
/// Further entries are counted, and one entry tells their number when the second is over.
///
/// Invariant: at most `places` causers and kinds are told apart; further ones of a kind share a budget. All users
/// without a role are one causer, so that they do not use the places up.
package struct JournalBudget {
    /// Entries of one kind that a causer may cause in a second.
    package static let entries = 10
    /// Causers and kinds that are told apart in a second.
    package static let places = 1024

    private struct Cause: Hashable {
        let message: JournalMessage
        let causer: JournalCauser
    }

    private var counts: [Cause: Int] = [:]
    /// Entries that were counted instead of written, in the seconds that are over.
    package private(set) var coalesced: UInt64 = 0

    /// An unused budget.
    package init() {}

    /// Counts an entry that `causer` causes. Returns whether it is to be written.
    package mutating func takes(_ message: JournalMessage, of causer: JournalCauser) -> Bool {
        var cause = Cause(message: message, causer: causer)
        if counts[cause] == nil, counts.count >= Self.places { cause = Cause(message: message, causer: .nobody) }
        counts[cause, default: 0] += 1
        return counts[cause, default: 0] <= Self.entries
    }

    /// Ends the second. Returns entries that tell how much was not written.
    package mutating func end() -> [JournalRecord] {
        let over = counts.filter { $0.value > Self.entries }
        counts = [:]
        let order = over.sorted { ($0.key.causer, $0.key.message.id) < ($1.key.causer, $1.key.message.id) }
        return order.map { (cause, count) in
            let left = count - Self.entries
            coalesced += UInt64(left)
            return JournalRecord(
                .entriesCoalesced, .warning,
                [
                    "count": "\(left)", "what": cause.message.title, "entry": cause.message.id,
                    "peer_uid": cause.causer.uid.map { "\($0)" },
                ])
        }
    }
}
