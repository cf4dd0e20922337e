extension ClusterHost {
    mutating func connect() {
        guard case .disconnected = standing else { return }
        greet()
    }

    /// Has all connections made anew, together. Replies of the old ones are ignored.
    mutating func reconnect() {
        if case .stopped = standing { return }
        if case .leaving = standing { return stop(.left) }
        voidCalls()
        control = ControlCall()
        standing = .disconnected
        act(.connect(after: retries.grow(jitter: random())))
    }

    mutating func disconnect() {
        switch standing {
        case .disconnected, .stopped: break
        default: reconnect()
        }
    }

    /// Takes no part any more.
    mutating func stop(_ report: ClusterReport) {
        control = ControlCall()
        giveUpLease()
        standing = .stopped
        voidCalls()
        for order in Array(endings.keys) { finishEnding(order, .unavailable) }
        for order in Array(writes.keys) { failWrite(order, .unavailable) }
        act(.report(report))
    }

    /// Forgets all calls. Ends and changes are sent again, because the store recognizes what it has executed already.
    /// Claims are not sent again, because the store would refuse the second call as a claim of a taken name.
    private mutating func voidCalls() {
        calls.removeAll(keepingCapacity: true)
        following = nil
        loseLists()
        for digest in Array(fetches.keys) { finishFetch(digest, .unavailable) }
        for order in endings.keys { endings[order]?.loseCall() }
        for order in Array(writes.keys) { loseWrite(order) }
        voidClaims()
        recovery?.sent = nil
        loseReport()
        loseSweeps()
        loseTrim()
        loseForget()
    }

    mutating func take(_ reply: StoreReply, to id: CallID) {
        guard let purpose = calls.removeValue(forKey: id) else { return }
        switch purpose {
        case .control: takeControl(reply, id)
        case .fetch(let digest): takeFetch(reply, digest)
        case .list(let order): takeList(reply, order)
        case .ending(let order): takeEnding(reply, order)
        case .sweep: takeSweep(reply)
        case .write(let order): takeWrite(reply, order)
        case .claim(let order): takeClaim(reply, order)
        case .putBack: takePutBack(reply)
        case .uses: takeUses(reply)
        case .putBackUsed: takePutBackUsed(reply)
        case .trim: takeTrim(reply)
        case .forgetting: takeForget(reply)
        }
    }

    private mutating func takeControl(_ reply: StoreReply, _ id: CallID) {
        switch standing {
        case .greeting(id):
            control.deadline = .never
            takeGreeting(reply)
        case .opening(id): takeOpening(reply)
        case .probing(id, let number): takeProbe(reply, upTo: number)
        case .checking(id, let from): takeCheck(reply, from)
        case .telling(id, let rest): takeTelling(reply, rest)
        case .joining(id): takeJoin(reply)
        case .member(var membership):
            guard let beat = membership.beat, beat.call == id else { return }
            control.deadline = .never
            membership.beat = nil
            standing = .member(membership)
            takeBeat(reply, to: beat)
        case .leaving(id):
            hasToldLeave = reply == .left
            stop(.left)
        default: break
        }
    }

    mutating func sendControl(_ call: StoreCall, isConfirmed: Bool) -> CallID {
        control.deadline = now + limits.callPatience
        return send(call, for: .control, isConfirmed: isConfirmed)
    }

    /// Begins the steps into the cluster. Gives up the reading of the stream; the next one finds gaps.
    mutating func greet() {
        following = nil
        standing = .greeting(sendControl(.hello, isConfirmed: false))
    }

    /// Greets the store again after a pause.
    mutating func wait() {
        following = nil
        standing = .waiting
        control.deadline = .never
        control.retry = now + retries.grow(jitter: random())
    }

    /// A call was refused because the store's epoch is another one.
    mutating func doubtEpoch() {
        guard case .member = standing else { return }
        greet()
    }
}
