/// What is between two requests of one browser: logins that wait for a person, steps that run, sessions on their way.
///
/// Invariant: at most `capacity` flows. A full table drops the oldest flow of the source with the most, so a person who
/// opens many pages loses their own. Time is a parameter. A flow is taken out by its name once, so an answer is sent
/// once.
package struct FlowTable<Name: Hashable, Flow> {
    private struct Entry {
        let flow: Flow
        let source: String
        let deadline: ContinuousClock.Instant
        let number: UInt64
    }

    private var entries: [Name: Entry] = [:]
    private var lastNumber: UInt64 = 0
    private var capacity: Int

    /// An empty table for `capacity` flows, at least one.
    package init(capacity: Int) {
        precondition(capacity > 0)
        self.capacity = capacity
    }

    /// How many flows there are.
    package var count: Int { entries.count }

    /// Adds a flow under a name that nobody has used. Returns the flows that were dropped or are over; the caller
    /// cancels them.
    package mutating func insert(
        _ flow: Flow, named name: Name, source: String, until deadline: ContinuousClock.Instant,
        now: ContinuousClock.Instant
    ) -> [Flow] {
        let gone = expire(now: now) + shrink(to: capacity - 1)
        lastNumber += 1
        entries[name] = Entry(flow: flow, source: source, deadline: deadline, number: lastNumber)
        return gone
    }

    /// Has room for `capacity` flows from now on, at least one. Returns the flows that were dropped; the caller cancels
    /// them.
    package mutating func resize(_ capacity: Int) -> [Flow] {
        self.capacity = max(capacity, 1)
        return shrink(to: self.capacity)
    }

    private mutating func shrink(to count: Int) -> [Flow] {
        var gone: [Flow] = []
        while entries.count > count, let oldest = oldestOfGreediest, let entry = entries.removeValue(forKey: oldest) {
            gone.append(entry.flow)
        }
        return gone
    }

    /// The flow of that name, which stays; nil if there is none or its time is over.
    package func flow(_ name: Name, now: ContinuousClock.Instant) -> Flow? {
        entries[name].flatMap { now < $0.deadline ? $0.flow : nil }
    }

    /// Takes the flow of that name out where `isOwner` says that it is the caller's; else it stays.
    package mutating func take(
        _ name: Name, now: ContinuousClock.Instant, where isOwner: (Flow) -> Bool
    ) -> Flow? {
        guard let entry = entries[name], now < entry.deadline, isOwner(entry.flow) else { return nil }
        entries[name] = nil
        return entry.flow
    }

    /// Takes out the flows whose time is over.
    package mutating func expire(now: ContinuousClock.Instant) -> [Flow] {
        let over = entries.filter { now >= $0.value.deadline }
        for name in over.keys { entries[name] = nil }
        return over.values.sorted { $0.number < $1.number }.map(\.flow)
    }

    /// The name of the oldest flow of the source with the most flows; of several such sources, the oldest of all.
    private var oldestOfGreediest: Name? {
        var counts: [String: Int] = [:]
        for entry in entries.values { counts[entry.source, default: 0] += 1 }
        let most = counts.values.max() ?? 0
        return entries.filter { counts[$0.value.source] == most }.min { $0.value.number < $1.value.number }?.key
    }
}
