extension ClusterHost {
    mutating func takeUp(_ entries: [NumberedEntry], isEnd: Bool) {
        for numbered in entries where numbered.stamp > position {
            if case .unknown(let kind) = numbered.entry { return stop(.unknownEntry(kind: kind)) }
            if hasGap(before: numbered.stamp) { missEntries() }
            position = numbered.stamp
            apply(numbered.entry)
        }
        guard case .reading(let wanted, _) = standing else { return }
        control.deadline = now + limits.callPatience
        if isEnd, acknowledgedHere < wanted { position = Stamp(ordinal: ordinal, number: wanted) }
        if acknowledgedHere >= wanted { finishReading() }
    }

    /// Whether entries before `stamp` did not come. The front of the stream says that of a reading, once it is over.
    private func hasGap(before stamp: Stamp) -> Bool {
        if case .reading = standing { return false }
        return stamp != Stamp(ordinal: ordinal, number: acknowledgedHere &+ 1)
    }

    private var acknowledgedHere: UInt64 { position.ordinal == ordinal ? position.number : 0 }

    private mutating func apply(_ entry: StreamEntry) {
        switch entry {
        case .ended(let notice): applyEnd(notice)
        case .moved(let notice):
            noteEnd(notice.digest, notice.absolute)
            endCopy(notice.digest, notice.reason)
        case .changed(let digest, let version, let nonce): applyChange(digest, version, nonce)
        case .userEnded(let bucket, let stamp, let spared, let until):
            applyUserEnd(bucket, stamp, spared, until)
        case .realmEnded(let realm, let stamp, let until): applyRealmEnd(realm, stamp, until)
        case .opened, .left, .unknown: return
        case .joined: break
        }
        // Somebody may wait until all have this.
        hurryBeat()
    }

    private mutating func applyEnd(_ notice: EndNotice) {
        noteEnd(notice.digest, notice.absolute)
        if notice.tag != .none {
            noteEnd(SharedDigest(handle: notice.tag), notice.absolute)
            if let digest = copies.find(notice.tag) { endCopy(digest, notice.reason) }
        }
        endCopy(notice.digest, notice.reason)
    }

    private mutating func applyChange(_ digest: SharedDigest, _ version: UInt64, _ nonce: UInt64) {
        if guards.has(.dirtyFetch) { soil(digest, nonce) }
        guard let copy = copies[digest] else { return }
        if copy.version < version || copy.version == version && copy.nonce != nonce { dropCopy(digest) }
    }

    private mutating func applyUserEnd(_ bucket: UInt32, _ stamp: Stamp, _ spared: SessionTag, _ until: UInt32) {
        if !lastOfUser.insert(bucket, stamp, until: until, seconds: clock.read(at: now)) { overflow() }
        for digest in copies.list(bucket: bucket) {
            if spared != .none, copies[digest]?.tag == spared {
                copies.raise(digest, to: stamp)
            } else {
                endCopy(digest, below: stamp)
            }
        }
    }

    private mutating func applyRealmEnd(_ realm: UInt32, _ stamp: Stamp, _ until: UInt32) {
        if !lastOfRealm.insert(realm, stamp, until: until, seconds: clock.read(at: now)) { overflow() }
        for digest in copies.list(realm: realm) { endCopy(digest, below: stamp) }
    }

    private mutating func endCopy(_ digest: SharedDigest, below stamp: Stamp) {
        guard let copy = copies[digest], copy.stamp < stamp || !guards.has(.endAllComparesNumber) else { return }
        endCopy(digest, 0)
    }

    mutating func endCopy(_ digest: SharedDigest, _ reason: UInt8) {
        if copies.remove(digest) { act(.end(digest, reason: reason)) }
    }

    mutating func dropCopy(_ digest: SharedDigest) {
        if copies.remove(digest) { act(.drop(digest)) }
    }

    /// Forgets all copies; nothing that is under way for one is adopted. How many they were.
    mutating func dropCopies() -> Int {
        let count = copies.removeAll()
        if count > 0 { act(.dropAll) }
        return count
    }

    mutating func missEntries() {
        guard guards.has(.gapDropsCopies) else { return }
        soilAll()
        let dropped = dropCopies()
        if dropped > 0 { act(.report(.missedEntries(dropped: dropped))) }
    }

    mutating func noteEnd(_ digest: SharedDigest, _ absolute: UInt32) {
        if !ends.insert(digest, absolute: absolute, seconds: clock.read(at: now)) { overflow() }
    }

    /// The tables hold no more. Nothing is left that they would have to be compared with, so they begin anew.
    private mutating func overflow() {
        guard guards.has(.endsBesideLedger) else { return }
        giveUpLease()
        soilAll()
        ends.removeAll()
        lastOfUser.removeAll()
        lastOfRealm.removeAll()
        act(.report(.endsOverflowed(dropped: dropCopies())))
    }

    /// Whether the table of ends has the session of a record that came from the store.
    func hasEnded(_ digest: SharedDigest, _ record: SharedRecord) -> Bool {
        guards.has(.fetchMeetsEnds) && ends.has(digest, record)
    }

    /// Whether a record that came from the store is still good here.
    func isGood(_ digest: SharedDigest, _ record: SharedRecord) -> Bool {
        if hasEnded(digest, record) { return false }
        guard guards.has(.adoptComparesNumber) else { return true }
        return record.stamp >= lastOfUser.least(record.bucket)
            && (record.stamp >= lastOfRealm.least(record.realm) || !guards.has(.everybodyIsCompared))
    }

    /// Takes a good record in. False where it is over by itself.
    mutating func adopt(_ digest: SharedDigest, _ record: SharedRecord) -> Bool {
        let seconds = clock.read(at: now)
        guard UInt64(record.absolute) > seconds else { return false }
        let end = now + .milliseconds((UInt64(record.absolute) - seconds) * 1_000)
        let copy = CopyTable.Copy(
            version: record.version, nonce: record.nonce, stamp: record.stamp, bucket: record.bucket,
            realm: record.realm, tag: record.tag, end: end)
        if let displaced = copies.insert(digest, copy) { act(.drop(displaced)) }
        act(.adopt(digest, record, end: end))
        return true
    }
}
