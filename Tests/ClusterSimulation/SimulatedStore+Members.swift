import UsherCluster

extension SimulatedStore {
    mutating func join(_ id: MemberID, _ beat: UInt64, _ acknowledged: UInt64, _ name: String) -> StoreReply {
        let before = state.members.firstIndex { $0.id == id }
        if let before, state.members[before].beats >= beat { return .refused(.twice) }
        let number = append(.joined(id))
        let first = before.map { state.members[$0].first } ?? number
        if let before { state.members.remove(at: before) }
        state.members.append(
            .init(
                id: id, name: name, beats: beat, joined: number, acknowledged: min(acknowledged, number - 1),
                first: first))
        return .joined(number: number)
    }

    mutating func expel(_ id: MemberID) {
        guard let at = state.members.firstIndex(where: { $0.id == id }) else { return }
        state.members.remove(at: at)
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
        _ id: MemberID, _ beat: UInt64, _ acknowledged: UInt64, _ expelled: [MemberCount], _ time: UInt64
    ) -> StoreReply {
        guard let own = state.members.firstIndex(where: { $0.id == id }) else { return .refused(.expelled) }
        guard beat > state.members[own].beats else { return .refused(.twice) }
        state.members[own].beats = beat
        for count in expelled where count.member != id {
            guard let other = state.members.first(where: { $0.id == count.member }) else { continue }
            let isSame = other.beats == count.beats && (other.joined == count.joined || !missing.has(.joinInCount))
            if isSame || !missing.has(.expelIfUnchanged) { expel(count.member) }
        }
        guard let at = state.members.firstIndex(where: { $0.id == id }) else { return .refused(.expelled) }
        state.members[at].acknowledged = max(state.members[at].acknowledged, min(acknowledged, state.number))
        ring()
        let join = missing.has(.joinByNumber) ? state.members[at].joined : state.members[at].first
        let isKnown = state.members.allSatisfy { $0.acknowledged >= join }
        return .beat(
            BeatReply(
                isGranted: isKnown || !missing.has(.joinKnownToAll), number: state.number, minimum: state.minimum,
                seconds: seconds(at: time),
                members: state.members.map {
                    MemberCount(member: $0.id, beats: $0.beats, joined: $0.joined, name: $0.name)
                }))
    }

    mutating func waits(_ member: MemberID, _ number: UInt64) {
        if number > state.minimum { state.waits.append((number, member)) }
    }
}
