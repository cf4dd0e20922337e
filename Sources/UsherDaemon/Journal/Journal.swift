package import UsherEngine
package import UsherJournal

/// The daemon's journal.
///
/// Most entries cost their causer something, such as a login. Others a peer can cause with each request: for these
/// there is a ``JournalBudget``, and they leave half of the output's queue to the others. Sessions that end by time are
/// counted in one entry a second, however many sweeps end them.
package final class Journal {
    private static let window: Int64 = 1_000_000_000
    /// How soon the output is tried again while entries wait for it, in nanoseconds.
    private static let pause: Int64 = 100_000_000

    private let output: JournalOutput
    private var budget = JournalBudget()
    /// Sessions that ended by time since the last entry about these.
    private var expired = 0
    private var windowEnd: Int64?
    /// Entries that were counted instead of written.
    package var coalesced: UInt64 { budget.coalesced }

    /// A journal that writes to `output`.
    package init(_ output: JournalOutput) { self.output = output }

    /// Entries that the output did not take, for good.
    package var lost: UInt64 { output.lost }

    /// Writes an entry; `now` is in nanoseconds of CLOCK_BOOTTIME. `policy` tells causers apart; without one, each uid
    /// is a user.
    package func record(_ entry: JournalEntry, at now: Int64, by policy: Policy? = nil) {
        if let end = windowEnd, end <= now { summarize() }
        if case .expired(let count) = entry {
            expired += count
            windowEnd = windowEnd ?? now + Self.window
            return
        }
        let cause = entry.cause(by: policy)
        if let cause {
            windowEnd = windowEnd ?? now + Self.window
            guard budget.takes(cause.message, of: cause.causer) else { return }
        }
        output.write(entry.record, isAtWill: cause != nil)
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

    private func summarize() {
        windowEnd = nil
        if expired > 0 { output.write(JournalEntry.expired(count: expired).record) }
        expired = 0
        for record in budget.end() { output.write(record, isAtWill: true) }
    }
}
