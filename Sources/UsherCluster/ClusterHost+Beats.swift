extension ClusterHost {
    /// The number up to which this host has taken up the stream of its epoch.
    var acknowledged: UInt64 {
        guard guards.has(.acknowledgeApplied) else { return told }
        return position.ordinal == ordinal ? position.number : 0
    }

    mutating func heard(_ number: UInt64) { told = max(told, number) }

    /// Makes the next beat due now, if this host has taken up what it has not acknowledged: another host may wait for
    /// that.
    mutating func acknowledgeSoon() {
        if case .member(let membership) = standing, acknowledged > membership.acknowledged { hurryBeat() }
    }

    /// Makes the next beat due now.
    mutating func hurryBeat() {
        guard case .member(var membership) = standing else { return }
        membership.next = now
        standing = .member(membership)
    }

    mutating func sendBeatIfDue() {
        guard case .member(var membership) = standing, membership.beat == nil, now >= membership.next else { return }
        beats += 1
        act(.keepBeat(beats))
        let wantsList = wantsList(membership)
        let call = StoreCall.beat(
            member, number: beats, acknowledged: acknowledged, wantsList: wantsList,
            isThrough: recovery?.isThrough ?? true, expelled: overdue(membership))
        membership.acknowledged = max(membership.acknowledged, acknowledged)
        membership.beat = Beat(call: sendControl(call, isConfirmed: true), sent: now)
        let listed = wantsList ? now : membership.listed ?? now
        membership.next = min(listed + limits.interval, nextOverdue(membership))
        standing = .member(membership)
    }

    /// Whether the answer to a beat is to list the members: in a recovery, without a lease, while something of this host
    /// waits for them, once in an interval, after a member has come or gone, and where one is silent. A beat that only
    /// acknowledges what another host has written goes without: members would be listed to all members for each end.
    private func wantsList(_ membership: Membership) -> Bool {
        guard recovery == nil, now < lease, view.isWhole, endings.isEmpty, writes.isEmpty,
            let listed = membership.listed
        else { return true }
        return now.since(listed) >= limits.interval
            || membership.sightings.values.contains { now.since($0.since) >= expulsionWait }
    }

    /// A member has come or gone: the next beat lists the members.
    mutating func forgetList() {
        guard case .member(var membership) = standing else { return }
        membership.turnover = position.number
        membership.listed = nil
        standing = .member(membership)
    }

    /// When the next member may be expelled that has not moved. Ends wait for a silent member: the beat that expels it
    /// is sent as soon as that may be.
    private func nextOverdue(_ membership: Membership) -> BootInstant {
        membership.sightings.values.map { $0.since + expulsionWait }.filter { $0 > now }.min() ?? .never
    }

    /// The members whose leases are over by this host's clock. A host without a lease expels only members with its own
    /// name, which it was before it lost its memory: so a power failure of all hosts heals by itself.
    private func overdue(_ membership: Membership) -> [MemberCount] {
        let mayExpelAll = now < lease || !guards.has(.leaseToExpel)
        return membership.sightings.values.filter { sighting in
            guard mayExpelAll || sighting.count.name.utf8.elementsEqual(name.utf8) else { return false }
            guard guards.has(.expelByDuration) else {
                return clock.read(at: now) >= sighting.seconds + expulsionWait.seconds
            }
            return now.since(sighting.since) >= expulsionWait
        }.map(\.count)
    }

    /// How long a member's counts stay the same until it is expelled.
    private var expulsionWait: BootSpan { guards.has(.margin) ? limits.expiry : limits.lease }

    mutating func takeBeat(_ reply: StoreReply, to beat: Beat) {
        switch reply {
        case .beat(let answer):
            heard(answer.number)
            hearClock(answer.seconds)
            look(at: answer, sent: beat.sent)
            takeView(answer)
            isWhole = answer.isWhole
            if !answer.lacksHosts { missing = [] }
            if beat.sent >= fence { isPastFence = true }
            settle(answer.minimum)
            guard hasRead(answer.number) else { return greet() }
            noteSecond(answer.number, sent: beat.sent)
            recover(answer, sent: beat.sent)
            if answer.isGranted {
                retries.reset()
                if !beat.isVoid { takeGrant(answer.number, sent: beat.sent) }
                planTrim()
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

    /// Extends the lease that runs. One that is over begins again only once the stream has come to `number`: the host
    /// may have slept, and nobody has waited for it.
    private mutating func takeGrant(_ number: UInt64, sent: BootInstant) {
        if now < lease || acknowledged >= number { return extendLease(sent: sent) }
        guard case .member(var membership) = standing, membership.grant == nil else { return }
        membership.grant = (number, sent)
        standing = .member(membership)
    }

    /// Begins a lease anew where the stream has come to what its grant waits for.
    mutating func useGrant() {
        guard case .member(var membership) = standing, let grant = membership.grant, acknowledged >= grant.number
        else { return }
        membership.grant = nil
        standing = .member(membership)
        extendLease(sent: grant.sent)
    }

    mutating func hearClock(_ seconds: UInt64) {
        if clock.hear(seconds, at: now) { act(.report(.clockJumped)) }
    }

    /// False if entries up to `number` have not come within an interval: they were trimmed, or the link lost them.
    private mutating func hasRead(_ number: UInt64) -> Bool {
        guard case .member(var membership) = standing else { return true }
        defer { standing = .member(membership) }
        if let behind = membership.behind, acknowledged < behind.number {
            return now.since(behind.since) < limits.interval
        }
        membership.behind = acknowledged < number ? (number, now) : nil
        return true
    }

    private mutating func look(at answer: BeatReply, sent: BootInstant) {
        let members = answer.members
        guard case .member(var membership) = standing, !members.isEmpty else { return }
        fault = members.count > limits.memberCapacity ? .tooManyMembers : nil
        if let fault { act(.report(.refused(fault))) }
        var sightings: [MemberID: Sighting] = [:]
        for count in members.prefix(limits.memberCapacity) where count.member != member {
            if let known = membership.sightings[count.member], isSame(known.count, count) {
                sightings[count.member] = known
            } else {
                if membership.sightings[count.member] == nil { noteName(of: count) }
                sightings[count.member] = Sighting(count: count, since: now, seconds: clock.read(at: now))
            }
        }
        membership.sightings = sightings
        membership.listed = answer.number >= membership.turnover ? sent : nil
        membership.next = min(membership.next, nextOverdue(membership))
        standing = .member(membership)
    }

    private func isSame(_ one: MemberCount, _ other: MemberCount) -> Bool {
        one.beats == other.beats && (one.joined == other.joined || !guards.has(.joinInCount))
    }

    /// Takes the bell. Where replicas must confirm, the bell only hastens the next beat: an old primary may ring for an
    /// entry that the new primary never gets.
    mutating func hear(_ minimum: UInt64) {
        if limits.copies == 0 || !guards.has(.bellIsHint) { return settle(minimum) }
        hurryBeat()
    }
}
