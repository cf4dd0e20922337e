/// A rule of `protocol/CLUSTER.md`. Without the rule an ended session can be accepted, or a live one lost. The names
/// are those of `Tests/Model/guards`. A host obeys all rules. The simulation leaves out one rule at a time, to show
/// what that rule prevents.
package enum ClusterGuard: Int, CaseIterable, Sendable {
    /// A host accepts a shared session only while its lease runs.
    case lease
    /// A lease begins when its beat is sent, not when it is granted.
    case leaseFromSending
    /// A member is expelled a margin after its lease is over by the expeller's clock.
    case margin
    /// The end of the lease stands on the board.
    case leaseOnBoard
    /// A member is expelled by a duration that a host has measured, never by the store's clock.
    case expelByDuration
    /// The number of the member's join is compared together with its count of beats.
    case joinInCount
    /// A host acknowledges what its board, ledger and table of ends have taken up.
    case acknowledgeApplied
    /// The answer of a fetch is not adopted where the table of ends has the session.
    case fetchMeetsEnds
    /// A host that leaves ends its lease first.
    case leaveZeroesLease
    /// A host that keeps its memory never leaves.
    case restartNeverLeaves
    /// Only a host that has a lease expels.
    case leaseToExpel
    /// The word that a host is gone expels no member.
    case forgetNoMember
    /// No end is answered in a new epoch before a lease and a margin have passed since the host's own join.
    case fence
    /// A host whose table of ends has overflowed has no lease and no copies.
    case endsBesideLedger
    /// Only what the wanted number of replicas has confirmed counts.
    case confirmedCopies
    /// An answer rests on a confirmed call, not on the bell.
    case bellIsHint
    /// A host asks whether its lease is unbroken after the new run has confirmed a write.
    case probeBeforeSure
    /// Before it joins, a host tells a new epoch the ends that it knows.
    case restoreEnds
    /// A move that the store may have lost is told as an end where anything newer is known of its token.
    case moveYieldsToNewer
    /// A host tells a new epoch the ends of all that it knows.
    case restoreEndAll
    /// A host tells a new epoch the newest record of each session that it knows of.
    case restoreVersion
    /// A host keeps the record that it sent until it knows what became of it.
    case senderKeeps
    /// A host whose memory is not of an older epoch than the store's drops all shared copies.
    case behindDropsCopies
    /// In a new epoch a host reads the stream from its start.
    case streamFromStart
    /// A host whose position is before the front of the stream drops all shared copies.
    case gapDropsCopies
    /// A login is cancelled where an end of all has a number above the one taken up when the login began.
    case cancelLogin
    /// A login begins on a host whose join has been confirmed.
    case loginOfMember
    /// A login is cancelled where it began in an older epoch.
    case loginWithinEpoch
    /// A record is adopted only if its stamp is not below the stamp of the last end of all.
    case adoptComparesNumber
    /// An end of all takes the sessions whose stamp is below its own, and no others.
    case endAllComparesNumber
    /// The end of everybody in a realm is compared wherever the end of a user is.
    case everybodyIsCompared
    /// An entry that changes a session makes the call that is under way for it void.
    case dirtyFetch
    /// The answer of a call that was made in an older epoch is dropped.
    case answerWithinEpoch
    /// A host tells the ends of everybody in a realm before the ends of users.
    case realmsFirst
    /// Before an end of all that spared a session, a host tells the last end of all that did not spare it.
    case unsparedFirst
    /// A host brings an epoch along only if a beat has listed the members of that epoch.
    case listedMembers
    /// Copies that are doubtful end with the epoch.
    case doubtEndsWithEpoch
    /// An answer in a new epoch rests on a beat that was sent after the fence.
    case beatAfterFence
    /// An end of all that spares a session waits until all hosts have put back what they hold.
    case spareAfterPutBack
    /// A host drops a session that the store refuses to take back only after the stream has come to the refusal.
    case putBackAgain
    /// What the store lacks is absent once all hosts have put back what they hold, and unavailable before.
    case absentWhenPutBack
    /// A host names the ancestors of the epoch that it comes from.
    case namedAncestors
    /// Only an epoch that was complete is named as an ancestor.
    case completeAncestors
}

/// The rules that a host obeys: all of them, except in a simulation that shows what one is for.
package struct ClusterGuards: Sendable {
    private var bits: UInt64

    /// Every rule.
    package static let all = ClusterGuards(bits: .max)

    /// Every rule except `missing`.
    package static func without(_ missing: ClusterGuard) -> ClusterGuards {
        ClusterGuards(bits: ~(1 << UInt64(missing.rawValue)))
    }

    /// Whether `rule` is obeyed.
    func has(_ rule: ClusterGuard) -> Bool { bits & (1 << UInt64(rule.rawValue)) != 0 }
}
