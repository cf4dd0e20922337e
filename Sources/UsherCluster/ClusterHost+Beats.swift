extension ClusterHost {
    /// The number up to which this host has taken up the stream of its epoch.
    var acknowledged: UInt64 {
        guard guards.has(.acknowledgeApplied) else { return told }
        return position.ordinal == ordinal ? position.number : 0
    }

    mutating func heard(_ number: UInt64) { told = max(told, number) }

    /// What this host has taken up is to be known at once: somebody waits for it.
    mutating func hurryBeat() {
        guard case .member(var membership) = standing else { return }
        membership.next = now
        standing = .member(membership)
    }

    mutating func sendBeatIfDue() {
        guard case .member(var membership) = standing, membership.beat == nil, now >= membership.next else { return }
        beats += 1
        act(.keepBeat(beats))
        let call = StoreCall.beat(
            member, number: beats, acknowledged: acknowledged, wantsList: true,
            isThrough: recovery?.isThrough ?? true, expelled: overdue(membership))
        membership.beat = (sendControl(call, isConfirmed: true), now)
        membership.next = now + limits.interval
        standing = .member(membership)
    }

    /// Members whose leases are over by this host's clock. Without a lease of its own a host expels only what it was
    /// itself before it lost its memory: so a power failure of all hosts heals by itself.
    private func overdue(_ membership: Membership) -> [MemberCount] {
        let mayExpelAll = now < lease || !guards.has(.leaseToExpel)
        let wait = guards.has(.margin) ? limits.expiry : limits.lease
        return membership.sightings.values.filter { sighting in
            guard mayExpelAll || sighting.count.name.utf8.elementsEqual(name.utf8) else { return false }
            guard guards.has(.expelByDuration) else {
                return clock.read(at: now) >= sighting.seconds + wait.seconds
            }
            return now.since(sighting.since) >= wait
        }.map(\.count)
    }

    mutating func takeBeat(_ reply: StoreReply, sent: BootInstant) {
        switch reply {
        case .beat(let answer):
            heard(answer.number)
            hearClock(answer.seconds)
            look(at: answer.members)
            takeView(answer)
            if sent >= fence { isPastFence = true }
            settle(answer.minimum)
            guard hasRead(answer.number) else { return greet() }
            recover(answer, sent: sent)
            if answer.isGranted {
                retries.reset()
                extendLease(sent: sent)
            }
        case .refused(.expelled):
            act(.report(.expelled))
            greet()
        case .refused(.twice): rename()
        case .refused(.unconfirmed): break
        case .refused(.epoch): greet()
        default: wait()
        }
    }

    mutating func hearClock(_ seconds: UInt64) {
        if clock.hear(seconds, at: now) { act(.report(.clockJumped)) }
    }

    /// What a beat has told of must have come soon; else it was trimmed, or the link has lost it.
    private mutating func hasRead(_ number: UInt64) -> Bool {
        guard case .member(var membership) = standing else { return true }
        defer { standing = .member(membership) }
        if let behind = membership.behind, acknowledged < behind.number {
            return now.since(behind.since) < limits.interval
        }
        membership.behind = acknowledged < number ? (number, now) : nil
        return true
    }

    private mutating func look(at members: [MemberCount]) {
        guard case .member(var membership) = standing, !members.isEmpty else { return }
        if members.count > limits.memberCapacity { act(.report(.refused(.tooManyMembers))) }
        var sightings: [MemberID: Sighting] = [:]
        for count in members.prefix(limits.memberCapacity) where count.member != member {
            if let known = membership.sightings[count.member], isSame(known.count, count) {
                sightings[count.member] = known
            } else {
                sightings[count.member] = Sighting(count: count, since: now, seconds: clock.read(at: now))
            }
        }
        membership.sightings = sightings
        standing = .member(membership)
    }

    private func isSame(_ one: MemberCount, _ other: MemberCount) -> Bool {
        one.beats == other.beats && (one.joined == other.joined || !guards.has(.joinInCount))
    }

    /// The bell. Where replicas must confirm, one primary may ring for what another one never hears of.
    mutating func hear(_ minimum: UInt64) {
        if limits.copies == 0 || !guards.has(.bellIsHint) { return settle(minimum) }
        hurryBeat()
    }
}
