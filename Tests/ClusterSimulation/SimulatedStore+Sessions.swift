import UsherCluster

extension SimulatedStore {
    enum Look {
        case nothing, over(Stamp?), live(SharedRecord)
    }

    func outlived(_ record: SharedRecord, _ stamp: Stamp) -> Bool {
        if let last = state.lastOfUser[record.bucket], last > stamp { return true }
        guard missing.has(.everybodyIsCompared), let last = state.lastOfRealm[record.realm] else { return false }
        return last > stamp
    }

    func look(_ digest: SharedDigest) -> Look {
        switch state.cells[digest] {
        case nil, .lost: return .nothing
        case .over(let stamp, _): return .over(stamp)
        case .live(let record):
            if outlived(record, record.stamp) || state.cells[SharedDigest(handle: record.tag)] != nil {
                return .over(nil)
            }
            return .live(record)
        }
    }

    func isDoubtful(_ record: SharedRecord) -> Bool { record.stamp.ordinal < state.ordinal && !state.isWhole }

    func get(_ digest: SharedDigest) -> StoreReply {
        switch look(digest) {
        case .live(let record): isDoubtful(record) && missing.has(.fetchWhenComplete) ? .foundDoubtful : .found(record)
        case .over: .foundEnded
        case .nothing: state.isWhole ? .foundNothing : .foundDoubtful
        }
    }

    mutating func put(_ digest: SharedDigest, _ record: SharedRecord, _ began: Stamp) -> StoreReply {
        if began.ordinal != state.ordinal || outlived(record, began) { return .refused(.cancelled) }
        if state.tags[record.tag] != nil || state.cells[digest] != nil { return .refused(.conflict) }
        var record = record
        (record.stamp, record.era) = (stamp, state.ordinal)
        state.cells[digest] = .live(record)
        state.tags[record.tag] = digest
        return .put(number: state.number, evicted: [])
    }

    private func told(_ cell: StoreState.Cell?) -> UInt64? {
        guard case .over(let stamp, _) = cell, stamp.ordinal == state.ordinal else { return nil }
        return stamp.number
    }

    mutating func finish(_ digest: SharedDigest, _ notice: EndNotice) -> UInt64 {
        var tag = notice.tag
        if case .live(let record) = state.cells[digest] { tag = record.tag }
        let number = append(
            .ended(
                EndNotice(
                    digest: digest, tag: tag, bucket: notice.bucket, absolute: notice.absolute, reason: notice.reason,
                    note: [])))
        state.cells[digest] = .over(stamp)
        if state.tags[tag] == digest { state.tags[tag] = nil }
        return number
    }

    /// `acknowledged`: what the member has taken up; nil where its call comes late.
    mutating func end(_ member: MemberID, _ acknowledged: UInt64?, _ target: EndTarget) -> StoreReply {
        switch target {
        case .session(let digest, let tag, let bucket, let absolute, let reason, _):
            let name = digest ?? SharedDigest(handle: tag)
            let notice = EndNotice(
                digest: name, tag: tag, bucket: bucket, absolute: absolute, reason: reason, note: [])
            return endOne(member, acknowledged, name, notice)
        case .user(let bucket, let spared, let until, _):
            let fresh = Stamp(ordinal: state.ordinal, number: state.number + 1)
            spare(spared, bucket, fresh)
            state.lastOfUser[bucket] = fresh
            return settled(member, append(.userEnded(bucket: bucket, stamp: fresh, spared: spared, until: until)))
        case .realm(let realm, let until, _):
            let fresh = Stamp(ordinal: state.ordinal, number: state.number + 1)
            state.lastOfRealm[realm] = fresh
            return settled(member, append(.realmEnded(realm: realm, stamp: fresh, until: until)))
        }
    }

    /// Gives a spared session the stamp of the end of all, as if it were put with it. A session of an older epoch that
    /// is not complete keeps its stamp.
    mutating func spare(_ tag: SessionTag, _ bucket: UInt32, _ fresh: Stamp) {
        guard tag != .none, let digest = state.tags[tag], case .live(var record) = look(digest),
            record.bucket == bucket,
            fresh.ordinal != state.ordinal || !isDoubtful(record) || !missing.has(.spareWhenComplete)
        else { return }
        record.stamp = fresh
        state.cells[digest] = .live(record)
    }

    private mutating func endOne(
        _ member: MemberID, _ acknowledged: UInt64?, _ name: SharedDigest, _ notice: EndNotice
    ) -> StoreReply {
        let before = state.number
        if let number = told(state.cells[name]) {
            // Who shows a token whose rotation is lost has no other one: nobody puts that rotation back after this.
            guard case .over(_, _?)? = state.cells[name] else { return settled(member, number) }
            forgetMove(name, notice.absolute)
            return settled(member, state.number)
        }
        let current = name.isHandle ? state.tags[notice.tag] : nil
        if !missing.has(.endWhatIsAbsent), current == nil, state.cells[name] == nil { return settled(member, 0) }
        let number = finish(current ?? name, notice)
        if current != nil { state.cells[name] = .over(stamp) }
        guard name.isHandle, let acknowledged, acknowledged >= before,
            let at = state.members.firstIndex(where: { $0.id == member })
        else { return settled(member, number) }
        state.members[at].acknowledged = max(state.members[at].acknowledged, number)
        ring()
        return settled(member, number, isCounted: true)
    }

    private mutating func settled(_ member: MemberID, _ number: UInt64, isCounted: Bool = false) -> StoreReply {
        waits(member, number)
        return .ended(number: number, minimum: state.minimum, isCounted: isCounted)
    }

    private func refusal(_ digest: SharedDigest) -> StoreRefusal? {
        switch look(digest) {
        case .over: .ended
        case .nothing: state.isWhole ? .absent : .incomplete
        case .live(let record): isDoubtful(record) && missing.has(.changeWhenComplete) ? .incomplete : nil
        }
    }

    mutating func move(
        _ member: MemberID, _ old: SharedDigest, _ new: SharedDigest, _ era: UInt64, _ record: SharedRecord,
        _ note: [UInt8]
    ) -> StoreReply {
        if case .over = state.cells[old], case .live(let known) = look(new), known.nonce == record.nonce {
            return isDoubtful(known) ? .refused(.incomplete) : moved(member, old, known, note)
        }
        if case .over(_, let succession?) = state.cells[old], succession.note == note, missing.has(.moverPutsBack) {
            return putBack(member, old, new, era, record, note)
        }
        if let refusal = refusal(old) { return .refused(refusal) }
        guard case .live(let was) = look(old) else { return .refused(.other) }
        if isChanged(was, since: Edition(era: era, version: record.version)) { return .refused(.changed) }
        if state.cells[new] != nil { return .refused(.conflict) }
        let number = tellMoved(old, was, note)
        var record = record
        (record.stamp, record.era) = (was.stamp, was.era)
        state.cells[new] = .live(record)
        state.tags[was.tag] = new
        waits(member, number)
        return .changed(number: number, minimum: state.minimum)
    }

    /// The store has lost the rotation, and has been told of it.
    private mutating func putBack(
        _ member: MemberID, _ old: SharedDigest, _ new: SharedDigest, _ era: UInt64, _ record: SharedRecord,
        _ note: [UInt8]
    ) -> StoreReply {
        guard state.isWhole else { return .refused(.incomplete) }
        var record = record
        record.era = era
        guard fits(new, record) == true else { return .refused(.ended) }
        state.cells[new] = .live(record)
        state.tags[record.tag] = new
        return moved(member, old, record, note)
    }

    /// The rotation was executed before. In a new epoch the end of the old token is told anew.
    private mutating func moved(
        _ member: MemberID, _ old: SharedDigest, _ known: SharedRecord, _ note: [UInt8]
    ) -> StoreReply {
        let number = told(state.cells[old]) ?? tellMoved(old, known, note)
        waits(member, number)
        return .changed(number: number, minimum: state.minimum)
    }

    private mutating func tellMoved(_ old: SharedDigest, _ record: SharedRecord, _ note: [UInt8]) -> UInt64 {
        let number = append(
            .moved(
                EndNotice(
                    digest: old, tag: record.tag, bucket: record.bucket, absolute: record.absolute, reason: 0,
                    note: note)))
        state.cells[old] = .over(stamp)
        return number
    }

    /// Whether a record is another than the one that a change was made from.
    private func isChanged(_ was: SharedRecord, since base: Edition) -> Bool {
        guard missing.has(.compareVersion) else { return false }
        return was.version != base.version || was.era != base.era && missing.has(.epochBeforeVersion)
    }

    mutating func change(
        _ member: MemberID, _ digest: SharedDigest, _ base: Edition, _ record: SharedRecord
    ) -> StoreReply {
        if isLost(digest, record), state.isWhole, missing.has(.senderPutsBack) {
            guard fits(digest, record) == true else { return .refused(.ended) }
            state.tags[record.tag] = digest
            return changed(member, digest, record)
        }
        if let refusal = refusal(digest) { return .refused(refusal) }
        guard case .live(let was) = look(digest) else { return .refused(.other) }
        let isDone = was.version == record.version && (was.nonce == record.nonce || !missing.has(.changeNamesRecord))
        if !isDone, isChanged(was, since: base) { return .refused(.changed) }
        if isDone, was.era == state.ordinal {
            waits(member, state.number)
            return .changed(number: state.number, minimum: state.minimum)
        }
        var told = isDone ? was : record
        told.stamp = was.stamp
        return changed(member, digest, told, isTold: isDone)
    }

    /// Keeps a changed record as one of this epoch, and tells of it. `isTold`: it was executed before.
    private mutating func changed(
        _ member: MemberID, _ digest: SharedDigest, _ record: SharedRecord, isTold: Bool = false
    ) -> StoreReply {
        var record = record
        if !isTold || missing.has(.toldAgainIsNew) { record.era = state.ordinal }
        state.cells[digest] = .live(record)
        let number = append(
            .changed(
                KnownChange(
                    digest: digest, edition: record.edition, nonce: record.nonce, absolute: record.absolute)))
        waits(member, number)
        return .changed(number: number, minimum: state.minimum)
    }
}
