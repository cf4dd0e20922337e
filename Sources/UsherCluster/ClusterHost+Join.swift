/// The steps into the cluster: greet the store; open an epoch on a run that nobody has opened; probe it; read the
/// stream; check that nothing of it was trimmed; tell a new epoch what it may not know; join.
extension ClusterHost {
    mutating func takeGreeting(_ reply: StoreReply) {
        guard case .hello(let greeting) = reply else { return wait() }
        hearClock(greeting.seconds)
        fault = refusal(of: greeting)
        if let fault {
            act(.report(.refused(fault)))
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
        hasReadJoin = false
        // A reading that was given up before its check began earlier, and may have missed entries.
        let from = unchecked ?? heritage?.position ?? start
        unchecked = from
        standing = .reading(upTo: number, from: from)
        control.deadline = now + limits.callPatience
        lastCall += 1
        following = CallID(lastCall)
        act(.follow(CallID(lastCall), after: start))
    }

    private func refusal(of greeting: StoreGreeting) -> ClusterRefusal? {
        if greeting.evictsKeys { return .evictsKeys }
        if greeting.isSkewed { return .otherClock }
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

    /// Enters `fresh`. Its store may lack writes of the older epoch; the hosts together know all that were answered.
    private mutating func enter(_ fresh: Epoch, _ greeting: StoreGreeting) {
        let dropped = inherit()
        if guards.has(.answerWithinEpoch) {
            voidFetches()
            voidClaims()
            calls = calls.filter { if case .control = $0.value { true } else { false } }
        }
        for order in endings.keys { endings[order]?.loseCall() }
        for order in Array(writes.keys) { loseEpoch(order) }
        loseReport()
        loseSweeps()
        loseTrim()
        loseForget()
        if epoch != nil { act(.report(.epochEntered(fresh, dropped: dropped))) }
        (epoch, ordinal) = (fresh, greeting.ordinal)
        position = guards.has(.streamFromStart) ? .zero : Stamp(ordinal: ordinal, number: position.number)
        (minimum, told, fence, isPastFence) = (0, 0, fence(fresh, ordinal), false)
        lastOfUser.forget(from: ordinal)
        lastOfRealm.forget(from: ordinal)
        changes.forget(from: ordinal)
        (view, remembers, hasTold) = (MemberView(capacity: limits.memberCapacity), true, false)
        lineage = Lineage()
    }

    /// The stream has come to the greeting's number: asks whether entries were trimmed meanwhile.
    mutating func finishReading() {
        guard case .reading(_, let from) = standing else { return }
        standing = .checking(sendControl(.hello, isConfirmed: false), from: from)
    }

    /// Drops the copies if entries behind `from` were trimmed before this host had read them.
    mutating func takeCheck(_ reply: StoreReply, _ from: Stamp) {
        guard case .hello(let greeting) = reply, greeting.isOpen, greeting.epoch == epoch else { return wait() }
        if greeting.front > from, guards.has(.gapDropsCopies) { missEntries() }
        unchecked = nil
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
            setFence(guards.has(.fence) ? now + limits.expiry : now)
            beginRecovery()
            standing = .member(Membership(joined: number, next: now))
            act(.report(.joined))
            resend()
        case .refused(.behind):
            fallBehind()
            wait()
        case .refused(.twice): rename()
        default: wait()
        }
    }

    private mutating func setFence(_ end: BootInstant) {
        if end < fence, let epoch {
            fence = end
            act(.keepFence(KeptFence(epoch: epoch, ordinal: ordinal, end: end)))
        }
        timers.add(.fence, at: fence)
    }

    /// Takes a new member id: another host has the same one, and the store's counts may be the other host's.
    mutating func rename() {
        member = MemberID(high: random(), low: random())
        act(.report(.duplicated))
        giveUpLease()
        wait()
    }

    /// Sends the ends and writes that are unsent or have an unknown fate, puts the next sessions back, and reports
    /// uses.
    private mutating func resend() {
        for order in endings.keys.sorted() { sendEnding(order) }
        for order in writes.keys.sorted() { sendWrite(order) }
        putBackNext()
        reportUses()
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
        control.deadline = min(control.deadline, now + limits.patience)
    }
}
