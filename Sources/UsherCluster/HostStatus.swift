/// What an administrator is shown of a host and of its cluster.
package struct HostStatus: Sendable {
    /// How far the host is on its way into the cluster.
    package enum Stage: String, Sendable {
        /// It has no connection with the store.
        case away
        /// It is on its way, or waits before it tries again.
        case joining
        /// It is a member.
        case member
        /// It takes no part: it has left, or cannot read the stream.
        case stopped
    }

    /// A host that takes part, or is waited for.
    package struct Member: Sendable {
        /// Who it is.
        package let id: MemberID
        /// The host's name, as it has told the store; nil where this host has never seen it.
        package let name: String?
        /// How long ago this host has first seen its newest beat; nil where it has seen none in this epoch.
        package let age: BootSpan?
        /// Whether it has put back all that it holds.
        package let isThrough: Bool
    }

    /// How far the host is.
    package let stage: Stage
    /// What is left of the lease.
    package let lease: BootSpan
    /// The ordinal of the epoch; 0 before the first one.
    package let ordinal: UInt64
    /// The newest entry of the epoch that this host has taken up, and the newest that all members have.
    package let acknowledged, minimum: UInt64
    /// Whether all older epochs were complete at the last beat.
    package let isWhole: Bool
    /// Copies that are refused until the older epochs are complete.
    package let doubtful: Int
    /// Ends that not all hosts have confirmed.
    package let ends: Int
    /// Why the store was not joined when this host greeted it last.
    package let fault: ClusterRefusal?
    /// The store's clock moved by more than 5 s between the last two beats.
    package let isClockUneven: Bool
    /// The members that the last list has shown, this host first.
    package let members: [Member]
    /// Members of older epochs that have still to come, or to put back what they hold.
    package let awaited: [Member]
}
