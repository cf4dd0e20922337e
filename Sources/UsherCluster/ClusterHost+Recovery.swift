/// A new epoch: what this host brings along from the older one, what it tells and puts back, and when it trusts its
/// copies. The store may have lost writes; the hosts together know every write that was answered.
extension ClusterHost {
    /// Leaves the epoch for another one. Returns how many copies are dropped: those that were doubtful in it, or all
    /// where this host does not know which members the others must wait for, or does not know what it has forgotten.
    mutating func inherit() -> Int {
        defer { recovery = nil }
        // No beat has listed the members of the epoch that it leaves: it still comes from the one before.
        if heritage != nil { return 0 }
        let wasInDoubt = isInDoubt
        var dropped = guards.has(.doubtEndsWithEpoch) ? dropDoubtful() : 0
        let awaited = recovery?.awaited ?? []
        // A host that still had a lease of an older epoch may have joined unseen, and ended sessions in this epoch.
        let members = awaited.union(view.members)
        if let epoch, view.isWhole || !guards.has(.listedMembers), remembers, members.count <= limits.memberCapacity {
            heritage = Heritage(
                epoch: epoch, ordinal: ordinal, view: members.sorted(), ancestors: ancestors, position: position,
                mayBeSure: !wasInDoubt, awaited: awaited)
        } else {
            dropped += forgetOlderEpoch()
            // An end of all that spared a session is not told without the earlier ones, which may have ended it.
            if !remembers { emptyTables() }
        }
        return dropped
    }

    /// The epochs that were complete in the one that this host leaves.
    private var ancestors: [Epoch] {
        guard guards.has(.namedAncestors), lineage.isComplete || !guards.has(.completeAncestors) else { return [] }
        return lineage.origins
    }

    /// Drops all copies, and fails all writes of the older epoch. Returns how many copies are dropped.
    private mutating func forgetOlderEpoch() -> Int {
        for order in Array(writes.keys) { failWrite(order, .unavailable) }
        return dropCopies()
    }

    /// Drops the doubtful copies; a host in doubt fails its writes too. Returns how many copies are dropped.
    private mutating func dropDoubtful() -> Int {
        if isInDoubt { for order in Array(writes.keys) { failWrite(order, .unavailable) } }
        let wasInDoubt = isInDoubt
        isInDoubt = false
        let doubtful = copies.listDoubtful()
        for digest in doubtful { dropCopy(digest) }
        if wasInDoubt { act(.resumeAll) }
        return doubtful.count
    }

    /// Decides whether this host knows every end that older runs answered. The new run has confirmed a write, so that
    /// an older run answers nothing any more. A host that is not sure doubts its copies.
    mutating func judgeLease() {
        guard let heritage else { return }
        let isSure = heritage.mayBeSure && now < lease
        self.heritage?.isSure = isSure
        guard !isSure, !isInDoubt else { return }
        isInDoubt = true
        let count = copies.doubtAll(true)
        guard count > 0 else { return }
        act(.suspendAll)
        act(.report(.doubted(count)))
    }

    // MARK: Telling

    /// What this host knows and the new stream has not told.
    func untold() -> [StoreCall] {
        var calls: [StoreCall] = []
        if guards.has(.restoreVersion) { calls += pieces(of: untoldChanges()).map(StoreCall.restoreChanges) }
        if guards.has(.restoreEndAll) {
            // A user's end of all spares a session only if no realm's has ended it before.
            let realms = lastOfRealm.untold(epoch)
            let users = lastOfUser.untold(epoch, withUnspared: guards.has(.unsparedFirst))
            let lasts = guards.has(.realmsFirst) ? realms + users : users + realms
            calls += pieces(of: lasts).reversed().map(StoreCall.restoreAll)
        }
        if guards.has(.restoreEnds) { calls += pieces(of: ends.untold(epoch)).map(StoreCall.restoreEnds) }
        return calls
    }

    /// A record that this host has made may be newer than all that the stream has told.
    private func untoldChanges() -> [KnownChange] {
        var known = changes.untold(epoch)
        for digest in copies.list() {
            guard let copy = copies[digest], copy.isMade, copy.edition.version > 1, copy.edition.era < ordinal,
                copy.edition > changes.edition(digest)
            else { continue }
            known.append(
                KnownChange(digest: digest, edition: copy.edition, nonce: copy.nonce, absolute: copy.absolute))
        }
        return known
    }

    private func pieces<Element>(of all: [Element]) -> [[Element]] {
        stride(from: 0, to: all.count, by: limits.tellBatch).map {
            Array(all[$0..<min($0 + limits.tellBatch, all.count)])
        }
    }

    /// Tells the last of `calls`, or joins where there is none.
    mutating func tell(_ calls: [StoreCall]) {
        guard let next = calls.last else { return join() }
        standing = .telling(sendControl(next, isConfirmed: false), rest: calls.dropLast())
    }

    mutating func takeTelling(_ reply: StoreReply, _ rest: [StoreCall]) {
        switch reply {
        case .told: tell(rest)
        case .refused(.epoch): greet()
        default: wait()
        }
    }

    /// Drops heritage and copies: the store's epoch is not newer than theirs, so their stamps cannot be compared.
    mutating func fallBehind() {
        heritage = nil
        guard guards.has(.behindDropsCopies) else { return }
        let wasInDoubt = isInDoubt
        isInDoubt = false
        let dropped = forgetOlderEpoch()
        if wasInDoubt { act(.resumeAll) }
        if dropped > 0, let epoch { act(.report(.epochEntered(epoch, dropped: dropped))) }
    }

    // MARK: After the join

    mutating func beginRecovery() {
        guard !hasTold || heritage != nil else { return }
        hasTold = true
        if let heritage { lineage = Lineage(heritage) }
        let awaited = Set(heritage?.view ?? []).union(heritage?.awaited ?? []).subtracting([member])
        recovery = Recovery(awaited: awaited, until: now + limits.doubt)
        timers.add(.recovery, at: now + limits.doubt)
    }

    /// A beat has listed the members: this host comes from this epoch now.
    mutating func takeView(_ answer: BeatReply) {
        guard !answer.members.isEmpty else { return }
        view.replace(answer.members, at: answer.number)
        if view.isWhole { heritage = nil }
    }

    mutating func recover(_ answer: BeatReply, sent: BootInstant) {
        guard let recovery else { return }
        if !recovery.refused.isEmpty, recovery.secondAt == nil, sent >= recovery.refusedAt {
            self.recovery?.secondAt = answer.number
        }
        if recovery.rest == nil { self.recovery?.wholeAt = answer.isWhole ? recovery.wholeAt ?? answer.number : nil }
        trustIfWhole()
        let others = answer.members.filter { $0.member != member }
        self.recovery?.awaited.subtract(others.filter(\.isThrough).map(\.member))
        // A member that has just come has told the store what others have yet to read, and perhaps to put back.
        guard !answer.lacksHosts, self.recovery?.awaited.isEmpty ?? false, others.allSatisfy(\.isThrough),
            self.recovery?.isThrough ?? false, let newest = answer.members.map(\.joined).max(),
            answer.minimum >= newest
        else { return }
        finishRecovery()
        act(.report(.recovered))
    }

    private mutating func finishRecovery() {
        recovery = nil
        // What the store did not have when it was asked may have been put back since.
        for digest in fetches.keys { fetches[digest]?.isDirty = true }
        for order in endings.keys.sorted() { sendEnding(order) }
    }

    /// Trusts the copies, and begins to put back, once every end that older epochs answered has been taken up.
    mutating func trustIfWhole() {
        putBackRefused()
        guard let recovery, recovery.rest == nil, let number = recovery.wholeAt, isMember,
            position.ordinal == ordinal, position.number >= number
        else { return }
        lineage.isComplete = true
        if isInDoubt {
            isInDoubt = false
            _ = copies.doubtAll(false)
            act(.resumeAll)
            act(.report(.trusted))
        }
        let sent = writes.filter(\.value.isExecutedChange).keys.sorted()
        self.recovery?.rest = copies.list().map(Recovery.Item.held) + sent.map(Recovery.Item.sent)
        for (order, write) in writes where write.isOfOlderEpoch && !write.isExecutedChange { awaitFate(order) }
        putBackNext()
    }

    /// This host does not count as through before a call that is sent from now on has told the fate of that write,
    /// which an older epoch may have executed.
    mutating func awaitFate(_ order: UInt64) {
        recovery?.untold.insert(order)
        if case .calling? = writes[order]?.phase { writes[order]?.isEarly = true }
    }

    /// Puts the next sessions back, if none are under way.
    mutating func putBackNext() {
        guard let recovery, let rest = recovery.rest, recovery.sent == nil, isMember else { return }
        guard !rest.isEmpty else { return }
        let items = rest.suffix(limits.putBackBatch)
        self.recovery?.sent = (items.count, now)
        _ = send(.again(items.compactMap(putBack)), for: .putBack, isConfirmed: false)
    }

    private func putBack(_ item: Recovery.Item) -> PutBack? {
        switch item {
        case .held(let digest):
            guard let copy = copies[digest] else { return nil }
            return PutBack(digest: digest, stamp: copy.stamp, era: copy.edition.era, record: nil)
        case .sent(let order):
            // A store that has lost a newer record as well would take the older one.
            guard let write = writes[order], let stamp = write.stamp, write.edition >= changes.edition(write.digest)
            else { return nil }
            return PutBack(digest: write.digest, stamp: stamp, era: write.era, record: write.record)
        }
    }

    /// Takes note of sessions that the store refused as ended. They are put back once more, because an entry that has
    /// still to come may have spared them; after the second refusal they are dropped.
    private mutating func refuse(_ ended: [SharedDigest]) {
        guard guards.has(.putBackAgain), recovery?.isSecond == false else {
            for digest in ended { dropCopy(digest) }
            return
        }
        recovery?.refused += ended
        recovery?.refusedAt = now
        recovery?.secondAt = nil
    }

    /// Puts refused sessions back once more, after the stream has come to the store's refusal.
    private mutating func putBackRefused() {
        guard let recovery, let number = recovery.secondAt, position.ordinal == ordinal, position.number >= number,
            recovery.rest?.isEmpty ?? false
        else { return }
        self.recovery?.putBackAgain(recovery.refused.filter { copies[$0] != nil })
        if self.recovery?.isThrough ?? false { hurryBeat() }
        putBackNext()
    }

    mutating func takePutBack(_ reply: StoreReply) {
        guard let sent = recovery?.sent else { return }
        recovery?.sent = nil
        switch reply {
        case .putBack(let ended):
            refuse(ended)
            recovery?.rest?.removeLast(sent.count)
            if recovery?.rest?.isEmpty ?? true { return hurryBeat() }
            // At most a quarter of the store's time.
            timers.add(.putBack, at: now + now.since(sent.at).scaled(percent: 300))
        case .refused(.epoch): doubtEpoch()
        // Another host has come from an epoch that is not complete.
        case .refused(.incomplete):
            recovery?.beginAgain()
        default: timers.add(.putBack, at: now + limits.firstPause)
        }
    }

    /// Stops waiting for hosts that have not come or have not put back what they hold; drops the doubtful copies.
    mutating func endRecovery() {
        guard let recovery, now >= recovery.until else { return }
        missing = recovery.awaited
        finishRecovery()
        guard isInDoubt else { return }
        act(.report(.doubtOver(dropped: dropDoubtful())))
    }
}
