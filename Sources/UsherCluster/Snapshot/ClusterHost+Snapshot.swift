/// What a host keeps over an orderly restart of its daemon: everything that ``restart(at:)`` keeps. The ledger has the
/// sessions themselves. A test compares each property before and after.
extension ClusterHost {
    /// Above the number of every end, and so far below the last number that counting never comes there.
    private static let lastOrderLimit: UInt64 = 1 << 62
    /// How many members of older epochs may be awaited: those of `Lineage.capacity` epochs.
    private var awaitedLimit: Int { Lineage.capacity * limits.memberCapacity }

    /// Whether what this host knows is of use after a restart. A host that has left, or takes no part any more, joins
    /// without it.
    package var isToBeKept: Bool {
        switch standing {
        case .leaving, .stopped: false
        default: true
        }
    }

    /// Writes what is kept, and gives up the rest. The host takes no event after that.
    package mutating func write(to writer: inout SnapshotWriter, at now: BootInstant) {
        _ = restart(at: now)
        writer.put(member)
        writer.put(beats)
        writer.put(epoch)
        writer.put(ordinal)
        writer.put(position)
        writer.put(lease)
        writer.put(fence)
        writer.put(unchecked.map { [$0] } ?? []) { $0.put($1) }
        writer.put(isPastFence, remembers, hasTold, isInDoubt, lineage.isComplete)
        writer.put(lineage.origins) { $0.put($1) }
        writer.put(heritage.map { [$0] } ?? []) { $1.write(to: &$0) }
        writer.put(recovery.map { [$0] } ?? []) {
            $0.put($1.until)
            $0.put($1.awaited.sorted()) { $0.put($1) }
        }
        writeEndings(to: &writer)
        copies.write(to: &writer)
        ends.write(to: &writer)
        lastOfUser.write(to: &writer)
        lastOfRealm.write(to: &writer)
        changes.write(to: &writer)
        view.write(to: &writer)
    }

    private func writeEndings(to writer: inout SnapshotWriter) {
        writer.put(lastOrder)
        writer.put(endings.sorted { $0.key < $1.key }) { writer, ending in
            writer.put(ending.key)
            writer.put(UInt64(ending.value.owner.uid))
            writer.put(ending.value.mayHaveLived, endingOrders[ending.value.target.subject] == ending.key)
            writer.put(ending.value.target)
        }
    }

    /// Takes over what an earlier process of this member has written when its beats had come to the same number. The
    /// ledger must have the copies and no others (``keepCopies(_:)``); ``restart(at:)`` comes next. Precondition: the
    /// host knows nothing. Where it throws, the host is of no use.
    package mutating func read(from reader: inout SnapshotReader, at now: BootInstant) throws(SnapshotFault) {
        guard try reader.member() == member, try reader.number() == beats else { throw .otherMember }
        epoch = try reader.epoch()
        ordinal = try reader.number()
        position = try reader.stamp()
        lease = try reader.instant()
        fence = try reader.instant()
        // No beat has been sent later than now.
        guard lease <= now + limits.lease else { throw .damaged }
        unchecked = try reader.list(1) { (reader) throws(SnapshotFault) in try reader.stamp() }.first
        let flags = try reader.flags(5)
        (isPastFence, remembers, hasTold, isInDoubt) = (flags[0], flags[1], flags[2], flags[3])
        lineage = Lineage(origins: try reader.epochs(), isComplete: flags[4])
        let (members, awaited) = (limits.memberCapacity, awaitedLimit)
        heritage =
            try reader.list(1) { (reader) throws(SnapshotFault) in
                try Heritage(from: &reader, members: members, awaited: awaited)
            }.first
        recovery =
            try reader.list(1) { (reader) throws(SnapshotFault) in
                let until = try reader.instant()
                return Recovery(awaited: Set(try reader.members(awaited)), until: until)
            }.first
        try readEndings(from: &reader)
        try copies.read(from: &reader)
        for digest in copies.listDue() { uses.add(digest) }
        try ends.read(from: &reader)
        try lastOfUser.read(.user, from: &reader)
        try lastOfRealm.read(.realm, from: &reader)
        try changes.read(from: &reader)
        try view.read(from: &reader)
    }

    private mutating func readEndings(from reader: inout SnapshotReader) throws(SnapshotFault) {
        lastOrder = try reader.number()
        guard lastOrder < Self.lastOrderLimit else { throw .damaged }
        for _ in 0..<(try reader.length(limits.endingCapacity, of: 4)) {
            let (order, owner) = (try reader.number(), ShareOwner(uid: try reader.half()))
            let flags = try reader.flags(2)
            let target = try reader.target()
            guard order <= lastOrder, endings[order] == nil, endingShares.take(owner) else { throw .damaged }
            endings[order] = Ending(
                owner: owner, target: target, waiters: [], mayHaveLived: flags[0],
                retries: RetryPause(first: limits.firstPause, longest: limits.longestPause))
            if flags[1] { endingOrders[target.subject] = order }
        }
    }

    /// Forgets the copies that the ledger has not taken over. `isHeld` is asked for the digest and the tag of each.
    package mutating func keepCopies(_ isHeld: (SharedDigest, SessionTag) -> Bool) {
        for digest in copies.list() {
            if let tag = copies[digest]?.tag, !isHeld(digest, tag) { copies.remove(digest) }
        }
    }

    /// The bucket of the copy with that digest and tag; nil where it is not held.
    package func bucket(of digest: SharedDigest, _ tag: SessionTag) -> UInt32? {
        guard let copy = copies[digest], copy.tag == tag else { return nil }
        return copy.bucket
    }
}

extension Heritage {
    fileprivate func write(to writer: inout SnapshotWriter) {
        writer.put(epoch)
        writer.put(ordinal)
        writer.put(view) { $0.put($1) }
        writer.put(ancestors) { $0.put($1) }
        writer.put(position)
        writer.put(isSure, mayBeSure)
        writer.put(awaited.sorted()) { $0.put($1) }
    }

    fileprivate init(from reader: inout SnapshotReader, members: Int, awaited: Int) throws(SnapshotFault) {
        guard let epoch = try reader.epoch() else { throw .damaged }
        let (ordinal, view, ancestors) = (try reader.number(), try reader.members(members), try reader.epochs())
        let (position, flags) = (try reader.stamp(), try reader.flags(2))
        self.init(
            epoch: epoch, ordinal: ordinal, view: view, ancestors: ancestors, position: position, mayBeSure: flags[1],
            awaited: Set(try reader.members(awaited)))
        isSure = flags[0]
    }
}

extension SnapshotReader {
    /// Members, `most` at most.
    fileprivate mutating func members(_ most: Int) throws(SnapshotFault) -> [MemberID] {
        try list(most, of: 2) { (reader) throws(SnapshotFault) in try reader.member() }
    }

    /// Epochs, `Lineage.capacity` at most.
    fileprivate mutating func epochs() throws(SnapshotFault) -> [Epoch] {
        try list(Lineage.capacity) { (reader) throws(SnapshotFault) in
            guard let epoch = try reader.epoch() else { throw .damaged }
            return epoch
        }
    }
}
