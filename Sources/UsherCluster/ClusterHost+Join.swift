/// The way into the cluster: greet, open where nobody has, read the stream, ask whether all of it was there, tell what
/// a new epoch may not know, join.
extension ClusterHost {
    mutating func takeGreeting(_ reply: StoreReply) {
        guard case .hello(let greeting) = reply else { return wait() }
        hearClock(greeting.seconds)
        if let refusal = refusal(of: greeting) {
            act(.report(.refused(refusal)))
            return wait()
        }
        guard greeting.isOpen, let current = greeting.epoch else { return open(greeting) }
        if current != epoch { enter(current, greeting) }
        heard(greeting.number)
        guard heritage != nil, guards.has(.probeBeforeSure) else {
            judgeLease()
            return readStream(upTo: greeting.number)
        }
        standing = .probing(sendControl(.probe, isConfirmed: true), upTo: greeting.number)
    }

    mutating func takeProbe(_ reply: StoreReply, upTo number: UInt64) {
        guard case .probed = reply else { return wait() }
        judgeLease()
        readStream(upTo: number)
    }

    private mutating func readStream(upTo number: UInt64) {
        let start = guards.has(.streamFromStart) || position.ordinal != 0 ? position : .zero
        standing = .reading(upTo: number, from: heritage?.position ?? start)
        control.deadline = now + limits.callPatience
        lastCall += 1
        following = CallID(lastCall)
        act(.follow(CallID(lastCall), after: start))
    }

    private func refusal(of greeting: StoreGreeting) -> ClusterRefusal? {
        if greeting.evictsKeys { return .evictsKeys }
        guard greeting.epoch != nil else { return nil }
        if greeting.check != limits.check { return .otherKey }
        if greeting.lease != limits.lease.nanoseconds / 1_000_000 { return .otherLease }
        return nil
    }

    private mutating func open(_ greeting: StoreGreeting) {
        let fresh = Epoch(UInt32(truncatingIfNeeded: random() >> 32))
        let call = StoreCall.open(
            old: greeting.epoch, ordinal: ordinal, new: fresh, lease: limits.lease.nanoseconds / 1_000_000,
            check: limits.check)
        standing = .opening(sendControl(call, isConfirmed: true))
    }

    mutating func takeOpening(_ reply: StoreReply) {
        switch reply {
        case .opened, .refused(.epoch), .refused(.unconfirmed): greet()
        default: wait()
        }
    }

    /// What the store has lost of the older epoch, its hosts know together.
    private mutating func enter(_ fresh: Epoch, _ greeting: StoreGreeting) {
        let dropped = inherit()
        if guards.has(.answerWithinEpoch) { voidFetches() }
        for order in endings.keys { endings[order]?.loseCall() }
        for order in Array(writes.keys) { loseEpoch(order) }
        if epoch != nil { act(.report(.epochEntered(fresh, dropped: dropped))) }
        (epoch, ordinal) = (fresh, greeting.ordinal)
        position = guards.has(.streamFromStart) ? .zero : Stamp(ordinal: ordinal, number: position.number)
        (minimum, told, fence, isPastFence) = (0, 0, .never, false)
        lastOfUser.forget(from: ordinal)
        lastOfRealm.forget(from: ordinal)
        (view, remembers, hasTold) = (MemberView(capacity: limits.memberCapacity), true, false)
        lineage = Lineage()
    }

    /// Everything up to the number that the store told has come, or is gone.
    mutating func finishReading() {
        guard case .reading(_, let from) = standing else { return }
        standing = .checking(sendControl(.hello, isConfirmed: false), from: from)
    }

    /// What was trimmed while the stream was read is found out by asking behind it.
    mutating func takeCheck(_ reply: StoreReply, _ from: Stamp) {
        guard case .hello(let greeting) = reply, greeting.isOpen, greeting.epoch == epoch else { return wait() }
        if greeting.front > from, guards.has(.gapDropsCopies) { missEntries() }
        tell(hasTold ? [] : untold())
    }

    mutating func join() {
        beats += 1
        act(.keepBeat(beats))
        standing = .joining(
            sendControl(
                .join(member, number: beats, acknowledged: acknowledged, name: name, heritage), isConfirmed: true))
    }

    mutating func takeJoin(_ reply: StoreReply) {
        control.deadline = .never
        switch reply {
        case .joined(let number):
            heard(number)
            // An older epoch's leases that nobody knows of are over by then.
            if fence == .never { fence = guards.has(.fence) ? now + limits.expiry : now }
            timers.add(.fence, at: fence)
            beginRecovery()
            standing = .member(Membership(next: now))
            act(.report(.joined))
            resend()
        case .refused(.behind):
            fallBehind()
            wait()
        case .refused(.twice): rename()
        default: wait()
        }
    }

    /// There are two of this member: what the store knows of it may be the other's.
    mutating func rename() {
        member = MemberID(high: random(), low: random())
        act(.report(.duplicated))
        giveUpLease()
        wait()
    }

    /// Ends and changes whose fate is unknown, or that waited for the store.
    private mutating func resend() {
        for order in endings.keys.sorted() { sendEnding(order) }
        for order in writes.keys.sorted() { sendWrite(order) }
        putBackNext()
    }

    mutating func leave() {
        let wasMember = isMember
        if guards.has(.leaveZeroesLease) {
            giveUpLease()
            if guards.has(.restartNeverLeaves) { _ = dropCopies() }
        }
        voidFetches()
        guard wasMember else { return stop(.left) }
        standing = .leaving(sendControl(.leave(member), isConfirmed: true))
    }
}
