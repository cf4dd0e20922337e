import UsherCluster

extension SimulatedStore {
    /// An older epoch is complete once a host that is sure has come, or all that are needed have.
    mutating func complete() {
        for (old, progress) in state.from where progress < .ended {
            let here = state.here[old] ?? []
            if !here.isEmpty || state.need[old]?.isEmpty == false, !lacks(old, here) { state.from[old] = .ended }
        }
        state.isWhole = state.from.values.allSatisfy { $0 > .open }
        state.lacksHosts = state.from.values.contains { $0 < .ended }
    }

    /// Whether a host that the older epoch needs has not come. One that has brought a still older epoch has had its
    /// memory all the while, and has told what it knows.
    private func lacks(_ old: Epoch, _ here: Set<MemberID>) -> Bool {
        (state.need[old] ?? []).subtracting(here).contains { state.came[$0] ?? .max >= state.born[old] ?? 0 }
    }

    private mutating func receive(_ id: MemberID, _ heritage: Heritage) {
        let old = heritage.epoch
        state.from[old] = state.from[old] ?? .open
        state.need[old, default: []].formUnion(heritage.view)
        state.here[old, default: []].insert(id)
        state.born[old] = heritage.ordinal
        state.came[id] = heritage.ordinal
        for ancestor in heritage.ancestors { state.from[ancestor] = .ended }
        if heritage.isSure || !missing.has(.onlySureCompletes) { finish(old) }
        if heritage.isSure { pass(heritage.ordinal) }
        complete()
    }

    private mutating func finish(_ old: Epoch) { state.from[old] = max(state.from[old] ?? .open, .complete) }

    /// A host that is sure has come from an epoch: a later one that nobody is known to have been a member of is
    /// complete.
    private mutating func pass(_ ordinal: UInt64) {
        for old in state.from.keys
        where state.born[old] ?? 0 > ordinal && (state.need[old] ?? []).isEmpty && (state.here[old] ?? []).isEmpty {
            finish(old)
        }
    }

    mutating func join(
        _ id: MemberID, _ beat: UInt64, _ acknowledged: UInt64, _ name: String, _ heritage: Heritage?
    ) -> StoreReply {
        let before = state.members.firstIndex { $0.id == id }
        if let before, state.members[before].beats >= beat, missing.has(.beatOnce) { return .refused(.twice) }
        if let heritage, heritage.epoch != state.epoch {
            if heritage.ordinal >= state.ordinal { return .refused(.behind) }
            receive(id, heritage)
        }
        let number = append(.joined(id))
        if let before { state.members.remove(at: before) }
        state.firsts[id] = state.firsts[id] ?? number
        state.members.append(
            .init(
                id: id, name: name, beats: beat, joined: number, acknowledged: min(acknowledged, number - 1)))
        return .joined(number: number)
    }

    /// Whether a call was sent in the last join of its member.
    func isOfThisJoin(_ id: MemberID, _ joined: UInt64) -> Bool {
        !missing.has(.callOfThisJoin) || state.members.contains { $0.id == id && $0.joined == joined }
    }

    mutating func expel(_ id: MemberID) {
        guard let at = state.members.firstIndex(where: { $0.id == id }) else { return }
        state.members.remove(at: at)
        hasExpelled = true
        append(.left(id))
    }

    mutating func ring() {
        let least = state.members.map(\.acknowledged).min() ?? 0
        guard least > state.minimum else { return }
        state.minimum = least
        for wait in state.waits where wait.number <= least { bells.append((wait.member, least)) }
        state.waits.removeAll { $0.number <= least }
    }

    mutating func beat(
        _ id: MemberID, _ beat: UInt64, _ acknowledged: UInt64, _ wantsList: Bool, _ isThrough: Bool,
        _ expelled: [MemberCount], _ time: UInt64
    ) -> StoreReply {
        guard let own = state.members.firstIndex(where: { $0.id == id }) else { return .refused(.expelled) }
        guard beat > state.members[own].beats || !missing.has(.beatOnce) else { return .refused(.twice) }
        state.members[own].beats = beat
        state.members[own].isThrough = isThrough
        for count in expelled where count.member != id {
            guard let other = state.members.first(where: { $0.id == count.member }) else { continue }
            let isSame = other.beats == count.beats && (other.joined == count.joined || !missing.has(.joinInCount))
            if isSame || !missing.has(.expelIfUnchanged) { expel(count.member) }
        }
        guard let at = state.members.firstIndex(where: { $0.id == id }) else { return .refused(.expelled) }
        state.members[at].acknowledged = max(state.members[at].acknowledged, min(acknowledged, state.number))
        ring()
        let joined = state.members[at].joined
        let join = missing.has(.joinByNumber) ? joined : state.firsts[id] ?? joined
        let isKnown = state.members.allSatisfy { $0.acknowledged >= join }
        return .beat(
            BeatReply(
                isGranted: isKnown || !missing.has(.joinKnownToAll), number: state.number, minimum: state.minimum,
                isWhole: state.isWhole, lacksHosts: state.lacksHosts, seconds: seconds(at: time),
                members: wantsList ? list() : []))
    }

    private func list() -> [MemberCount] {
        state.members.map {
            MemberCount(member: $0.id, beats: $0.beats, joined: $0.joined, name: $0.name, isThrough: $0.isThrough)
        }
    }

    mutating func waits(_ member: MemberID, _ number: UInt64) {
        if number > state.minimum { state.waits.append((number, member)) }
    }
}
