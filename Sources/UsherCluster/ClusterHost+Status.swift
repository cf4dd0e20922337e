extension ClusterHost {
    /// What an administrator is shown at `now`.
    package func status(at now: BootInstant) -> HostStatus {
        HostStatus(
            stage: stage, lease: lease.since(now), ordinal: ordinal, acknowledged: acknowledged, minimum: minimum,
            isWhole: isWhole, doubtful: copies.doubtfulCount, ends: endings.count, fault: fault,
            isClockUneven: clock.isUneven,
            members: members(at: now), awaited: awaited)
    }

    /// The name of a member that this host has seen; nil where it has seen none.
    package func name(of member: MemberID) -> String? { names[member] }

    private var stage: HostStatus.Stage {
        switch standing {
        case .disconnected: .away
        case .greeting, .waiting, .opening, .probing, .reading, .checking, .telling, .joining: .joining
        case .member: .member
        case .leaving, .stopped: .stopped
        }
    }

    private func members(at now: BootInstant) -> [HostStatus.Member] {
        guard case .member(let membership) = standing else { return [] }
        let own = HostStatus.Member(
            id: member, name: name, age: lease == .boot ? nil : now.since(lease - limits.lease),
            isThrough: recovery?.isThrough ?? true)
        let others = membership.sightings.values.map {
            HostStatus.Member(
                id: $0.count.member, name: $0.count.name, age: now.since($0.since), isThrough: $0.count.isThrough)
        }
        return [own] + others.sorted { ($0.name ?? "", $0.id) < ($1.name ?? "", $1.id) }
    }

    private var awaited: [HostStatus.Member] {
        missing.union(recovery?.awaited ?? []).sorted().prefix(limits.memberCapacity).map {
            HostStatus.Member(id: $0, name: names[$0], age: nil, isThrough: false)
        }
    }

    /// Keeps the name of a member for the time when the member is missed.
    mutating func noteName(of count: MemberCount) {
        if names.count >= 4 * limits.memberCapacity { names.removeAll() }
        names[count.member] = count.name
    }
}
