/// What the driver is to do, in this order, each before the next.
package enum ClusterAction: Sendable {
    /// Makes all connections with the store anew after a pause.
    case connect(after: BootSpan)
    /// Calls the store in `epoch`. A confirmed call is answered once the wanted number of replicas has it. To a session
    /// that is put back, the driver adds the record that the ledger has.
    case call(CallID, epoch: Epoch?, StoreCall, isConfirmed: Bool)
    /// Reads the stream from behind `after`, and goes on reading, in place of what was followed before.
    case follow(CallID, after: Stamp)
    /// Keeps the number of a beat where a restart of the daemon finds it.
    case keepBeat(UInt64)
    /// Keeps the fence there too.
    case keepFence(KeptFence)
    /// Writes the end of the lease to the board.
    case writeLease(BootInstant)
    /// Puts a session into ledger and board, in place of an older record of it. It ends at `end`.
    case adopt(SharedDigest, SharedRecord, end: BootInstant)
    /// Forgets a copy. The session may go on.
    case drop(SharedDigest)
    /// Forgets all copies. The sessions may go on.
    case dropAll
    /// Takes all copies off the board: they are doubtful. The ledger keeps them.
    case suspendAll
    /// Puts the copies that were taken off the board back on it.
    case resumeAll
    /// Ends a session in board and ledger.
    case end(SharedDigest, reason: UInt8)
    /// A rotation or a proof to this digest is under way no more. `mayBeExecuted`: the session may go on under it.
    case moveEnded(SharedDigest, mayBeExecuted: Bool)
    /// Answers a peer.
    case answer(RequestID, ClusterAnswer)
    /// Tells the journal.
    case report(ClusterReport)
}

/// What a peer is answered.
package enum ClusterAnswer: Equatable, Sendable {
    /// A fetched session is in the ledger now.
    case adopted
    /// A page of a user's sessions that have not ended as far as this host knows, and the tag behind which the next
    /// page begins. `isWhole`: no host has sessions that the store has lost and that are still to be put back.
    case listed([ListedSession], next: ListPlace?, isWhole: Bool)
    /// It is done, and in effect on every host.
    case done
    /// An end is in effect on every host, and neither this host nor the store had such a session.
    case endedNothing
    /// The end is in effect here, and this host goes on until it is in effect on all hosts. From `until` on no host
    /// accepts the session, if the store keeps its memory. `until` is nil while the store is not known to have the end.
    case pending(until: BootInstant?)
    /// A rotation that was asked for before goes on under this digest, and is in effect on every host.
    case movedTo(SharedDigest)
    /// The session has ended.
    case ended
    /// No host has such a session.
    case absent
    /// The session was changed meanwhile, or its name is taken.
    case conflict
    /// The user has as many sessions as allowed.
    case quota
    /// The user's sessions were ended after the login began, or a name was given out in another epoch.
    case cancelled
    /// Nobody knows at the moment. It is not "no": the cookie is good until a host says otherwise.
    case unavailable
    /// A new session or a change that the store has not got and will not get, because it cannot be reached.
    case notBegun
    /// A table is full, or the owner's share of it.
    case busy
}

/// What the journal, the metrics and `usherctl cluster status` tell.
package enum ClusterReport: Equatable, Sendable {
    /// This host is a member.
    case joined
    /// The others went on without this host; it joins again.
    case expelled
    /// The lease is over: shared sessions are unavailable here.
    case leaseLost
    /// A new epoch. This host drops the copies whose ends it may have missed.
    case epochEntered(Epoch, dropped: Int)
    /// Copies are refused until the older epoch is complete.
    case doubted(Int)
    /// The doubtful copies are good again: the older epoch is complete.
    case trusted
    /// The older epoch was not completed in time. The copies are dropped.
    case doubtOver(dropped: Int)
    /// All hosts have put back what the store had lost.
    case recovered
    /// Entries of the stream were trimmed before this host had read them; its copies are dropped.
    case missedEntries(dropped: Int)
    /// The table of ends was full; the copies are dropped.
    case endsOverflowed(dropped: Int)
    /// Another host has this host's member id; a new one is taken.
    case duplicated
    /// The store's clock moved by more than 5 s between two beats; nothing is adopted until it goes evenly.
    case clockJumped
    /// The store is not fit to be joined.
    case refused(ClusterRefusal)
    /// The stream has an entry of a newer contract; this host stops until it is updated.
    case unknownEntry(kind: UInt8)
    /// This host has left.
    case left
}

/// Why a store is not joined.
package enum ClusterRefusal: Equatable, Sendable {
    /// The server may evict keys.
    case evictsKeys
    /// The other hosts have another lease.
    case otherLease
    /// The other hosts have another key.
    case otherKey
    /// The store has more members than a host looks after.
    case tooManyMembers
    /// This host's clock and the store's differ by more than 5 s.
    case otherClock

    /// The reason as a sentence, for people.
    package var text: String {
        switch self {
        case .evictsKeys: "the store may evict keys: set maxmemory-policy noeviction"
        case .otherLease: "the other hosts have another lease in [cluster]"
        case .otherKey: "the other hosts have another key"
        case .tooManyMembers: "the cluster has more members than a host looks after"
        case .otherClock: "the clocks of this host and the store differ by more than 5 s"
        }
    }
}
