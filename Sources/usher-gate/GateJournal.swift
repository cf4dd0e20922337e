import CLinux
import Synchronization
import UsherJournal

/// The gate's journal, in the form of usherd's: fields for systemd-journald, lines elsewhere.
///
/// A ``JournalBudget`` bounds the entries that a browser or a local user causes. The next such entry, or the next
/// ``settle()``, reports how many were over the budget.
final class GateJournal: Sendable {
    /// A second, in nanoseconds.
    private static let window: Int64 = 1_000_000_000

    private struct State {
        var budget = JournalBudget()
        var windowEnd: Int64?
    }

    private let output = JournalOutput(of: "usher-gate")
    private let state = Mutex(State())

    /// Writes an entry that nobody causes at will.
    func record(_ message: JournalMessage, _ level: JournalLevel, _ fields: [String: String?] = [:]) {
        output.write(JournalRecord(message, level, fields))
    }

    /// Writes an entry that `causer` can cause at will, where the budget has room.
    func record(
        _ message: JournalMessage, _ level: JournalLevel, _ fields: [String: String?], by causer: JournalCauser
    ) {
        settle()
        let now = usher_boottime()
        let isTaken = state.withLock { state in
            state.windowEnd = state.windowEnd ?? now + Self.window
            return state.budget.takes(message, of: causer)
        }
        if isTaken { output.write(JournalRecord(message, level, fields), isAtWill: true) }
    }

    /// Reports the entries over the budget of a second that has ended, and writes what the journal has not yet taken.
    func settle() {
        let now = usher_boottime()
        let records = state.withLock { state -> [JournalRecord] in
            guard let end = state.windowEnd, end <= now else { return [] }
            state.windowEnd = nil
            return state.budget.end()
        }
        for record in records { output.write(record, isAtWill: true) }
        output.flush()
    }
}
