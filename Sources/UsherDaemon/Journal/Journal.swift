package import UsherEngine

/// The daemon's journal.
///
/// Most entries have their price (a login, a sweep), but some a peer causes with each request. Of these a peer has a
/// budget in a second, for each kind; what is over it is counted and told in one entry when the second is over, so that
/// a flood of requests is no flood of the journal. Sessions that end by time are told once a second as well, however
/// many sweeps that takes.
package final class Journal {
    /// Entries of one kind that a peer may cause in a second.
    package static let budget = 10
    /// Peers and kinds that are told apart in a second; further ones share a budget.
    static let places = 1024
    private static let window: Int64 = 1_000_000_000
    /// How soon the output is tried again while entries wait for it, in nanoseconds.
    private static let pause: Int64 = 100_000_000

    private struct Causer: Hashable {
        let message: JournalMessage
        let peer: UInt32
    }

    private let output: JournalOutput
    private var counts: [Causer: Int] = [:]
    /// Sessions that ended by time since the last entry about these.
    private var expired = 0
    private var windowEnd: Int64?
    /// Entries that were counted instead of written.
    package private(set) var coalesced: UInt64 = 0

    /// A journal that writes to `output`.
    package init(_ output: JournalOutput) { self.output = output }

    /// Entries that the output did not take, for good.
    package var lost: UInt64 { output.lost }

    /// Writes an entry; `now` is in nanoseconds of CLOCK_BOOTTIME.
    package func record(_ entry: JournalEntry, at now: Int64) {
        if let end = windowEnd, end <= now { summarize() }
        if case .expired(let count) = entry {
            expired += count
            windowEnd = windowEnd ?? now + Self.window
            return
        }
        if let causer = entry.causer, isOverBudget(causer.message, causer.peer, now) { return }
        output.write(entry.record)
    }

    /// When ``settle(at:)`` is due; nil while nothing waits.
    package func deadline(at now: Int64) -> Int64? {
        let retry = output.hasWaiting ? now + Self.pause : nil
        return [windowEnd, retry].compactMap(\.self).min()
    }

    /// Writes the summaries that are due, and what the output did not take.
    package func settle(at now: Int64) {
        output.flush()
        if let end = windowEnd, end <= now { summarize() }
    }

    /// Writes all that is left.
    package func end() {
        summarize()
        output.flush()
    }

    private func isOverBudget(_ message: JournalMessage, _ peer: UInt32, _ now: Int64) -> Bool {
        var causer = Causer(message: message, peer: peer)
        if counts[causer] == nil, counts.count >= Self.places { causer = Causer(message: message, peer: .max) }
        counts[causer, default: 0] += 1
        windowEnd = windowEnd ?? now + Self.window
        return counts[causer, default: 0] > Self.budget
    }

    private func summarize() {
        let over = counts.filter { $0.value > Self.budget }
        counts = [:]
        windowEnd = nil
        if expired > 0 { output.write(JournalEntry.expired(count: expired).record) }
        expired = 0
        let order = over.sorted { ($0.key.peer, $0.key.message.id) < ($1.key.peer, $1.key.message.id) }
        for (causer, count) in order {
            let left = count - Self.budget
            coalesced += UInt64(left)
            output.write(
                JournalRecord(
                    .entriesCoalesced, .warning,
                    [
                        "count": "\(left)", "what": causer.message.title, "entry": causer.message.id,
                        "peer_uid": causer.peer == .max ? nil : "\(causer.peer)",
                    ]))
        }
    }
}
