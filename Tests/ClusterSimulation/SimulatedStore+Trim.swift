import UsherCluster

/// The stream is trimmed.
extension SimulatedStore {
    /// Looks at `count` entries, from where it ended last, and removes those that no longer matter and that all members
    /// have.
    mutating func trim(_ count: Int, at time: UInt64) -> StoreReply {
        let first = state.stream.firstIndex { $0.stamp > state.trimmed } ?? state.stream.count
        let some = state.stream[first...].prefix(count)
        let least = state.members.map(\.acknowledged).min() ?? 0
        let gone = some.filter { numbered in
            guard numbered.stamp.ordinal < state.ordinal || numbered.stamp.number <= least else { return false }
            let isOver = isOver(numbered.entry, seconds(at: time))
            if isOver, numbered.entry.until != nil { state.front = max(state.front, numbered.stamp) }
            return isOver || isSuperseded(numbered.entry)
        }.map(\.stamp)
        state.trimmed = some.count < count ? .zero : some.last?.stamp ?? .zero
        state.stream.removeAll { gone.contains($0.stamp) }
        return .trimmed(removed: UInt64(gone.count))
    }

    private func isOver(_ entry: StreamEntry, _ seconds: UInt64) -> Bool {
        entry.until.map { UInt64($0) + 120 < seconds } ?? true
    }

    /// Whether an entry tells of a change after which the store has an end of the session, or a newer record.
    private func isSuperseded(_ entry: StreamEntry) -> Bool {
        guard case .changed(let change) = entry else { return false }
        guard missing.has(.keepNewestChange) else { return true }
        return switch state.cells[change.digest] {
        case .over: true
        case .live(let record): isNewer(record.edition, change.edition)
        case .lost(let edition, _): isNewer(edition, change.edition)
        case nil: false
        }
    }
}

extension StreamEntry {
    /// Until when it matters; nil: to nobody once all have it.
    fileprivate var until: UInt32? {
        switch self {
        case .ended(let notice), .moved(let notice): notice.absolute
        case .changed(let change): change.absolute
        case .userEnded(_, _, _, let until, _), .realmEnded(_, _, let until, _): until
        case .joined, .left, .opened, .unknown: nil
        }
    }
}
