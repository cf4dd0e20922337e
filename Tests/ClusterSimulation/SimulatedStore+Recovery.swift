import UsherCluster

/// What hosts tell a new epoch, and put back.
extension SimulatedStore {
    mutating func restore(_ ends: [KnownEnd]) -> StoreReply {
        for end in ends {
            if case .over(_, let known) = state.cells[end.digest] {
                if let known, known != end.succession, missing.has(.moveYieldsToNewer) {
                    forgetMove(end.digest, end.absolute)
                }
                continue
            }
            let notice = EndNotice(
                digest: end.digest, tag: end.tag, bucket: 0, absolute: end.absolute, reason: EndNotice.restored,
                note: end.succession?.note ?? [])
            if let succession = end.succession, !isOlder(succession, than: edition(end.digest)) {
                tellLostMove(notice, succession)
            } else {
                _ = finish(end.digest, notice)
            }
        }
        return .told
    }

    mutating func forgetMove(_ digest: SharedDigest, _ absolute: UInt32) {
        _ = finish(
            digest,
            EndNotice(
                digest: digest, tag: .none, bucket: 0, absolute: absolute, reason: EndNotice.restored, note: []))
    }

    private func isOlder(_ move: Succession, than edition: Edition) -> Bool {
        missing.has(.moveYieldsToNewer) && isNewer(edition, move.edition)
    }

    private mutating func tellLostMove(_ notice: EndNotice, _ succession: Succession) {
        if case .live(let record) = state.cells[notice.digest], state.tags[record.tag] == notice.digest {
            state.tags[record.tag] = nil
        }
        append(.moved(notice))
        state.cells[notice.digest] = .over(stamp, succession: succession)
    }

    /// Which record the store has of a session, or knows to be lost.
    private func edition(_ digest: SharedDigest) -> Edition {
        switch state.cells[digest] {
        case .live(let record): record.edition
        case .lost(let edition, _): edition
        case .over, nil: Edition(era: 0, version: 0)
        }
    }

    mutating func restore(_ ends: [KnownEndOfAll]) -> StoreReply {
        for end in ends {
            switch end.kind {
            case .user:
                if let known = state.lastOfUser[end.bucket], known >= end.stamp { continue }
                spare(end.spared, end.bucket, end.stamp)
                state.lastOfUser[end.bucket] = end.stamp
                append(.userEnded(bucket: end.bucket, stamp: end.stamp, spared: end.spared, until: end.until))
            case .realm:
                if let known = state.lastOfRealm[end.bucket], known >= end.stamp { continue }
                state.lastOfRealm[end.bucket] = end.stamp
                append(.realmEnded(realm: end.bucket, stamp: end.stamp, until: end.until))
            }
        }
        return .told
    }

    mutating func restore(_ changes: [KnownChange]) -> StoreReply {
        for change in changes {
            if case .over(_, let known) = state.cells[change.digest] {
                if let known, isOlder(known, than: change.edition) { forgetMove(change.digest, change.absolute) }
                continue
            }
            guard isNewer(change.edition, edition(change.digest)) else { continue }
            state.cells[change.digest] = .lost(change.edition, nonce: change.nonce)
            append(.changed(change))
        }
        return .told
    }

    mutating func again(_ items: [PutBack]) -> StoreReply {
        guard state.isWhole else { return .refused(.incomplete) }
        var ended: [SharedDigest] = []
        for item in items {
            guard var record = item.record else { continue }
            (record.stamp, record.era) = (item.stamp, item.era)
            switch fits(item.digest, record) {
            case nil: ended.append(item.digest)
            case true:
                if case .lost(let edition, record.nonce) = state.cells[item.digest] {
                    record.era = max(record.era, edition.era)
                }
                state.cells[item.digest] = .live(record)
                state.tags[record.tag] = item.digest
            case false: break
            }
        }
        return .putBack(ended: ended)
    }

    /// Keys do not end for want of use here.
    func touch(_ uses: [SessionUse]) -> StoreReply {
        var (absent, ended): ([SharedDigest], [SharedDigest]) = ([], [])
        for use in uses {
            switch look(use.digest) {
            case .live: break
            case .over: ended.append(use.digest)
            case .nothing: absent.append(use.digest)
            }
        }
        return .touched(absent: absent, ended: ended)
    }

    /// Whether what is known to be lost under a digest is this record.
    func isLost(_ digest: SharedDigest, _ record: SharedRecord) -> Bool {
        guard case .lost(let edition, let nonce) = state.cells[digest] else { return false }
        return record.version == edition.version && (record.nonce == nonce || !missing.has(.changeNamesRecord))
    }

    /// Whether a record may be put back over what stands under its digest; nil where its session has ended.
    func fits(_ digest: SharedDigest, _ record: SharedRecord) -> Bool? {
        if state.cells[SharedDigest(handle: record.tag)] != nil || outlived(record, record.stamp) { return nil }
        switch state.cells[digest] {
        case .over: return nil
        case .lost(let edition, _): return isLost(digest, record) || isNewer(record.edition, edition)
        case .live(let known): return isNewer(record.edition, known.edition)
        case nil: return true
        }
    }

    func isNewer(_ one: Edition, _ other: Edition) -> Bool {
        missing.has(.epochBeforeVersion) ? one > other : one.version > other.version
    }
}
