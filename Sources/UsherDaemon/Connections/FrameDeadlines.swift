/// When half frames must be whole: a queue, since every frame gets the same time and so the oldest entry is due first.
///
/// A connection stands in it at most once, also after its frame has become whole; who takes an entry checks.
struct FrameDeadlines {
    private var entries: [(id: ConnectionID, at: Int64)] = []
    private var head = 0

    /// The earliest deadline.
    var next: Int64? { head < entries.count ? entries[head].at : nil }

    /// Adds a deadline that is not before the last one.
    mutating func append(_ id: ConnectionID, _ deadline: Int64) { entries.append((id, deadline)) }

    /// Takes out every entry that is due.
    mutating func takeDue(at now: Int64) -> [ConnectionID] {
        var due: [ConnectionID] = []
        while head < entries.count, entries[head].at <= now {
            due.append(entries[head].id)
            head += 1
        }
        if head > entries.count / 2 {
            entries.removeFirst(head)
            head = 0
        }
        return due
    }
}
