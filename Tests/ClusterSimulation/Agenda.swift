/// Events by their time: a binary heap over slots, so that only small entries move. Events of one time come in the
/// order in which they were planned.
struct Agenda<Event> {
    private struct Place {
        var time: UInt64
        var order: UInt32
        var slot: Int32
    }
    private var heap: [Place] = []
    private var slots: [Event?] = []
    private var free: [Int32] = []
    private var order: UInt32 = 0

    mutating func add(_ event: Event, at time: UInt64) {
        let slot: Int32
        if let reused = free.popLast() {
            slot = reused
            slots[Int(slot)] = event
        } else {
            slot = Int32(slots.count)
            slots.append(event)
        }
        order += 1
        heap.append(Place(time: time, order: order, slot: slot))
        var child = heap.count - 1
        while child > 0, isBefore(child, (child - 1) / 2) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func next(by end: UInt64) -> (time: UInt64, event: Event)? {
        guard let first = heap.first, first.time <= end else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            sink()
        }
        guard let event = slots[Int(first.slot)] else { preconditionFailure("an empty slot") }
        slots[Int(first.slot)] = nil
        free.append(first.slot)
        return (first.time, event)
    }

    private func isBefore(_ one: Int, _ other: Int) -> Bool {
        heap[one].time != heap[other].time ? heap[one].time < heap[other].time : heap[one].order < heap[other].order
    }

    private mutating func sink() {
        var parent = 0
        while true {
            var least = parent
            for child in 2 * parent + 1..<2 * parent + 3 where child < heap.count && isBefore(child, least) {
                least = child
            }
            guard least != parent else { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
