internal import UsherBoard
internal import UsherSecrets

extension Ledger {
    /// Makes a session.
    ///
    /// `user` is a name of 1 to 256 bytes, `uid` is nil without an account. The ledger stores `methods` and `context`
    /// unread. `proof` says who vouched for the user. `created` is when the session began, and its absolute lifetime
    /// counts from there. `authenticated` is when the user proved who they are. Both may lie before the start of the
    /// machine; an instant after `now` counts as `now`. A timeout of 0 counts as one second.
    ///
    /// If the user is at the limit of `quota` in the realm of `service`, one session of theirs in this realm ends
    /// first, and `ended` is called: an expired one if there is any, else, under `endOldestIdle`, the one that was not
    /// used for longest. Copies of shared sessions neither count nor end for it. Finding it takes time in proportion to
    /// the user's sessions in all realms.
    ///
    /// Throws `full`, `userQuota`, `userName`, `memoryFull`, `usersFull`, `contextTooLarge`, `contextsFull`,
    /// `labelSize`, `labelsFull`, `duplicateToken`, and `noSuchSession` if the absolute lifetime is over at `now`. No
    /// session has changed then.
    package mutating func create(
        _ digest: TokenDigest, user: Span<UInt8>, uid: UInt32?, service: ServiceID,
        proof: SessionProof = .issued, methods: Span<UInt8>, context: Span<UInt8>, lifetime: Lifetime,
        created: LedgerSeconds, authenticated: LedgerSeconds,
        quota: UserQuota, now: LedgerSeconds, ended: Ended
    ) throws(LedgerError) -> Session {
        let created = min(created, now)
        let expires = created + max(lifetime.absolute, 1)
        guard expires > now else { throw LedgerError(.noSuchSession) }
        extendFrontier()
        try checkRoom(digest, user: user, uid: uid, context: context)
        let victim = try victim(of: user, in: realm(of: service), quota, now: now)
        guard hasSlot(after: victim) else { throw LedgerError(.full) }
        let (terms, methods) = try agree(service, proof, idle: max(lifetime.idle, 1), methods: methods)
        if let victim {
            let session = snapshot(victim)
            finish(victim, session, session.isExpired(at: now) ? session.expiry : .quota, ended)
        }

        let record = interned(user, uid: uid)
        let slot = pool.take(&entropy)
        let fields = slots[slot]
        fields.digest = digest
        (fields.created, fields.authenticated, fields.lastSeen) = (created, min(authenticated, now), now)
        fields.expires = expires
        (fields.user, fields.methods) = (record, methods)
        fields.setTerms(terms, isShared: false)
        fields.context = context.isEmpty ? 0 : contexts.store(context)
        fields.data = 0
        let deadline = min(now + max(lifetime.idle, 1), expires)
        enter(slot, digest, tag: nextTag(), deadline: deadline)
        counters.created += 1
        keepResident()
        return snapshot(slot)
    }

    private func checkRoom(
        _ digest: TokenDigest, user: Span<UInt8>, uid: UInt32?, context: Span<UInt8>
    ) throws(LedgerError) {
        try checkSizes(user: user.count, context: context.count)
        guard context.isEmpty || contexts.hasRoom(for: context.count) else { throw LedgerError(.contextsFull) }
        let isNew = users.record(user, uid: uid) == 0
        guard !isNew || users.hasRoom(for: user.count) else { throw LedgerError(.usersFull) }
        let growth = growth(user: user.count, isNew: isNew, context: context.count)
        guard hasMemory(for: growth, of: memoryLimit) else { throw LedgerError(.memoryFull) }
        guard index.find(digest) == nil else { throw LedgerError(.duplicateToken) }
    }

    /// Throws `userName`, `contextTooLarge`.
    func checkSizes(user: Int, context: Int) throws(LedgerError) {
        guard (1...Limit.userName).contains(user) else { throw LedgerError(.userName) }
        guard context <= Limit.context else { throw LedgerError(.contextTooLarge) }
    }

    /// The slot of the session that must end before the user gets another one in `realm`; nil if none must. Throws
    /// `userQuota`.
    private func victim(
        of user: Span<UInt8>, in realm: RealmID, _ quota: UserQuota, now: LedgerSeconds
    ) throws(LedgerError) -> Int? {
        let (first, limit) = (users.firstRecord(named: user), Int(max(quota.limit, 1)))
        guard first != 0, count(of: LedgerUser(record: first)) >= limit else { return nil }
        var (held, oldest): (Int, Session?) = (0, nil)
        visit(LedgerUser(record: first)) { session in
            guard session.realm == realm, !session.isShared else { return }
            held += 1
            guard let other = oldest else { return oldest = session }
            let (isExpired, wasExpired) = (session.isExpired(at: now), other.isExpired(at: now))
            if isExpired != wasExpired ? isExpired : session.lastSeen < other.lastSeen { oldest = session }
        }
        guard held >= limit else { return nil }
        guard let oldest, quota.policy == .endOldestIdle || oldest.isExpired(at: now) else {
            throw LedgerError(.userQuota)
        }
        return Int(oldest.slot)
    }

    /// Whether a slot is free, or will be once the session of `victim` has ended.
    private func hasSlot(after victim: Int?) -> Bool {
        guard pool.isFull else { return true }
        guard let victim else { return false }
        return board[victim].nextStamp != BoardEntry.lastStamp
    }

    /// The labels of a session's terms and methods.
    mutating func agree(
        _ service: ServiceID, _ proof: SessionProof, idle: UInt32, methods: Span<UInt8>
    ) throws(LedgerError) -> (terms: UInt16, methods: UInt16) {
        let head = LabelTable.Head(
            kind: .terms, realm: realm(of: service).rawValue, service: service.rawValue, proof: proof, idle: idle)
        let terms = try labels.intern(head, Span())
        let methods = try labels.intern(.init(kind: .methods), methods, sparing: terms)
        return (UInt16(terms), UInt16(methods))
    }

    /// Moves the frontier, in the memory as well, so that adoption reads every slot that `pool` may hand out. A tag
    /// that damage left there is cleared first.
    mutating func extendFrontier() {
        while pool.isShort {
            let slot = pool.frontier
            if slots[slot].tag != 0 { slots[slot].tag = 0 }
            leaveFree(slot)
            memory.order()
            memory.store(UInt32(pool.frontier), at: Header.slotFrontier)
        }
        index.expect(pool.used)
        memory.order()
    }

    private mutating func nextTag() -> UInt64 {
        while true {
            let tag = entropy.next()
            if tag != 0 { return tag }
        }
    }

    /// Makes a slot live whose other fields are set: on the board, by its tag, then in what is private to the process.
    mutating func enter(_ slot: Int, _ digest: TokenDigest, tag: UInt64, deadline: LedgerSeconds) {
        show(slot, stamp: max(board[slot].stamp, 1), until: deadline.onBoard)
        memory.order()
        slots[slot].tag = tag
        memory.order()
        let isFresh = index.insert(digest, slot: slot)
        precondition(isFresh, "the digest was looked for before")
        users.link(slot, to: slots[slot].user)
        labels.retain(slots[slot].terms)
        labels.retain(slots[slot].methods)
        bounds.lower(slot, to: deadline)
        count += 1
    }
}

extension Session {
    /// Why an expired session ended: `absolute` or `idle`.
    var expiry: EndReason { idleExpires == expires ? .absolute : .idle }
}
