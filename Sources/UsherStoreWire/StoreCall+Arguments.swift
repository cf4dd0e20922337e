package import UsherCluster
package import UsherLinkWire

extension StoreCall {
    /// The function that the call is of.
    package var function: LinkFunction {
        switch self {
        case .hello: .hello
        case .probe: .probe
        case .open: .open
        case .join: .join
        case .beat: .beat
        case .leave: .leave
        case .get: .get
        case .list: .list
        case .put: .put
        case .end(_, _, _, .session): .end
        case .end(_, _, _, .user): .endall
        case .end(_, _, _, .realm): .endrealm
        case .sweep: .sweep
        case .move: .move
        case .change: .change
        case .touch: .touch
        case .restoreEnds: .restoreEnds
        case .restoreAll: .restoreAll
        case .restoreChanges: .restoreChanges
        case .again: .again
        case .trim: .trim
        case .claim: .claim
        case .forget: .forget
        }
    }

    /// The arguments of the function behind the prefix. A call that takes an epoch and has none gets an empty one,
    /// which the store refuses.
    package func arguments(epoch: Epoch?) -> [[UInt8]] {
        var list = ArgumentList()
        switch function {
        case .hello, .probe, .open: break
        default: list.put(epoch)
        }
        put(into: &list)
        return list.values
    }

    private func put(into list: inout ArgumentList) {
        switch self {
        case .hello, .probe: break
        case .open(let old, let ordinal, let new, let lease, let check):
            list.put(old)
            list.put(ordinal)
            list.put(new)
            list.put(lease)
            list.put(StoreText.hexadecimal(check, width: 16))
        case .join(let member, let number, let acknowledged, let name, let heritage):
            list.put(member)
            list.put(number)
            list.put(acknowledged)
            list.put(Array(name.utf8))
            list.put(heritage)
        case .beat(let member, let number, let acknowledged, let wantsList, let isThrough, let expelled):
            list.put(member)
            list.put(number)
            list.put(acknowledged)
            list.put(wantsList)
            list.put(isThrough)
            for count in expelled { list.put(count) }
        case .leave(let member): list.put(member)
        case .forget(let member): member.map { list.put($0) } ?? list.put([])
        case .get(let digest): list.put(digest)
        case .list(let bucket, let place, let count):
            list.put(bucket)
            list.put(place.cursor)
            list.put(place.after)
            list.put(count)
        default: putWrite(into: &list)
        }
    }

    private func putWrite(into list: inout ArgumentList) {
        switch self {
        case .put(let digest, let record, let limit, let evicts, let began, let note):
            list.put(digest)
            list.put(record.storeBytes)
            list.put(limit)
            list.put(evicts)
            list.put(began)
            list.put(note)
        case .end(let member, let joined, let acknowledged, let target):
            list.put(member)
            list.put(joined)
            if target.name != nil { list.put(acknowledged) }
            list.put(target)
        case .sweep(let bucket, let cursor):
            list.put(bucket)
            list.put(cursor)
        case .move(let member, let old, let new, let era, let record, let note):
            list.put(member)
            list.put(old)
            list.put(new)
            list.put(era)
            list.put(record.storeBytes)
            list.put(note)
        case .change(let member, let digest, let edition, let record):
            list.put(member)
            list.put(digest)
            list.put(edition)
            list.put(record.storeBytes)
        case .touch(let uses): for use in uses { list.put(use) }
        case .restoreEnds(let ends): for end in ends { list.put(end) }
        case .restoreAll(let ends): for end in ends { list.put(end) }
        case .restoreChanges(let changes): for change in changes { list.put(change) }
        case .again(let items): for item in items { list.put(item) }
        case .trim(let count): list.put(count)
        case .claim(let name, let mark, let until):
            list.put(name)
            list.put(mark)
            list.put(until)
        case .hello, .probe, .open, .join, .beat, .leave, .get, .list, .forget: break
        }
    }
}

/// Arguments in the forms that `usher.lua` checks.
private struct ArgumentList {
    private(set) var values: [[UInt8]] = []

    mutating func put(_ bytes: [UInt8]) { values.append(bytes) }

    mutating func put(_ number: some UnsignedInteger) { values.append(StoreText.decimal(number)) }

    mutating func put(_ flag: Bool) { put(flag ? 1 as UInt8 : 0) }

    mutating func put(_ epoch: Epoch?) { values.append(epoch?.text ?? []) }

    mutating func put(_ digest: SharedDigest) { put(digest.high, digest.low) }

    mutating func put(_ member: MemberID) { put(member.high, member.low) }

    private mutating func put(_ high: UInt64, _ low: UInt64) {
        var writer = StoreWriter()
        writer.put(high)
        writer.put(low)
        values.append(writer.bytes)
    }

    /// The number as eight bytes, never empty.
    mutating func putBytes(_ number: UInt64) {
        var writer = StoreWriter()
        writer.put(number)
        values.append(writer.bytes)
    }

    /// Empty where there is no tag.
    mutating func put(_ tag: SessionTag) {
        if tag == .none { values.append([]) } else { putBytes(tag.value) }
    }

    mutating func put(_ edition: Edition) {
        put(edition.version)
        put(edition.era)
    }

    mutating func put(_ stamp: Stamp) {
        put(stamp.ordinal)
        put(stamp.number)
    }

    /// The older epoch, its ordinal, whether the host is sure, its members and its ancestors; an empty epoch without
    /// heritage.
    mutating func put(_ heritage: Heritage?) {
        put(heritage?.epoch)
        put(heritage?.ordinal ?? 0)
        put(heritage?.isSure ?? false)
        for member in heritage?.view ?? [] { put(member) }
        for ancestor in heritage?.ancestors ?? [] { put(ancestor) }
    }

    mutating func put(_ count: MemberCount) {
        put(count.member)
        put(count.beats)
        put(count.joined)
    }

    mutating func put(_ target: EndTarget) {
        switch target {
        case .session(let digest, let tag, let bucket, let absolute, let reason, let note):
            if let digest { put(digest) } else { values.append([]) }
            put(tag)
            put(bucket)
            put(absolute)
            put(reason)
            put(note)
        case .user(let bucket, let spared, let until, let note):
            put(bucket)
            put(spared)
            put(until)
            put(note)
        case .realm(let realm, let until, let note):
            put(realm)
            put(until)
            put(note)
        }
    }

    mutating func put(_ use: SessionUse) {
        put(use.digest)
        put(use.age)
    }

    /// The tombstone of a handle ends the session of any user, so that the bucket may be 0.
    mutating func put(_ end: KnownEnd) {
        put(end.digest)
        putBytes(end.tag.value)
        put(0 as UInt32)
        put(end.absolute)
        put(end.succession?.note ?? [])
    }

    mutating func put(_ end: KnownEndOfAll) {
        switch end.kind {
        case .user: put(4 as UInt8)
        case .realm: put(8 as UInt8)
        }
        put(end.bucket)
        put(end.stamp)
        put(end.spared)
        put(end.until)
    }

    mutating func put(_ change: KnownChange) {
        put(change.digest)
        put(change.edition)
        putBytes(change.nonce)
        put(change.absolute)
    }

    /// Leaves a session out if the driver has no record of it.
    mutating func put(_ item: PutBack) {
        guard let record = item.record else { return }
        put(item.digest)
        values.append(record.bytes(item.stamp, era: item.era))
    }
}
