/// Timers by their time, in a binary heap. A timer that is no longer wanted stays until its time.
struct TimerQueue<Subject: Sendable>: Sendable {
    private var heap: [(at: BootInstant, subject: Subject)] = []

    /// The earliest time; `never` where nothing is to be looked at.
    var earliest: BootInstant { heap.first?.at ?? .never }

    /// Adds a timer: `subject` is due at `instant`. O(log n).
    mutating func add(_ subject: Subject, at instant: BootInstant) {
        heap.append((instant, subject))
        var child = heap.count - 1
        while child > 0, heap[child].at < heap[(child - 1) / 2].at {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// Takes out the earliest subject that is due by `now`; nil where none is. O(log n).
    mutating func next(by now: BootInstant) -> Subject? {
        guard let first = heap.first, first.at <= now else { return nil }
        let last = heap.removeLast()
        guard !heap.isEmpty else { return first.subject }
        heap[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in 2 * parent + 1..<2 * parent + 3 where child < heap.count && heap[child].at < heap[least].at {
                least = child
            }
            guard least != parent else { return first.subject }
            heap.swapAt(parent, least)
            parent = least
        }
    }

    /// Forgets all.
    mutating func removeAll() { heap.removeAll(keepingCapacity: true) }
}
