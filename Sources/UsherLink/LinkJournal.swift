internal import CLinux
internal import UsherJournal

/// The link's journal. Of a store that is away, and of connections that come and go, one entry a second is written.
final class LinkJournal {
    private static let window: Int64 = 1_000_000_000
    private let output = JournalOutput(of: "usher-link")
    private var budget = JournalBudget()
    private var windowEnd: Int64 = 0

    func record(_ message: JournalMessage, _ level: JournalLevel, _ fields: [String: String?] = [:]) {
        settle()
        if budget.takes(message, of: .nobody) { output.write(JournalRecord(message, level, fields)) }
    }

    private func settle() {
        let now = usher_boottime()
        guard now >= windowEnd else { return output.flush() }
        windowEnd = now + Self.window
        for record in budget.end() { output.write(record) }
        output.flush()
    }
}
