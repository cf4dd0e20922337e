/// Times of the protocol, and bounds of a host's tables.
package struct ClusterLimits: Sendable {
    /// How long a granted beat lets the host accept shared sessions; the same on all hosts.
    package var lease = BootSpan.milliseconds(10_000)
    /// What a clock may lose within one lease: the greater of a second and a tenth of the lease.
    package var margin = BootSpan.milliseconds(1_000)
    /// How many replicas must confirm what counts.
    package var copies = 0
    /// The check value of the cluster's key; the same on all hosts.
    package var check: UInt64 = 0
    /// After this time an end is answered with `pending`, a write, a claim and a list with `unavailable`. UsherClient
    /// waits for 5 s.
    package var patience = BootSpan.milliseconds(3_000)
    /// After this time a fetch is answered with `unavailable`.
    package var fetchPatience = BootSpan.milliseconds(250)
    /// The first pause before something is tried again; each is twice the last.
    package var firstPause = BootSpan.milliseconds(100)
    /// The longest pause.
    package var longestPause = BootSpan.milliseconds(5_000)
    /// Sessions that are held.
    package var copyCapacity = 1_000_000
    /// Ends that are remembered until the session would have ended: two for each session that is held.
    package var endCapacity = 2_000_000
    /// Users and realms whose last end of all is remembered.
    package var endAllCapacity = 100_000
    /// Fetches under way, and those that one owner has begun.
    package var fetchCapacity = 2_048, fetchShare = 1_024
    /// Pages of users' sessions that are asked for, and those of one owner.
    package var listCapacity = 64, listShare = 32
    /// Sessions of a user that are read in one call.
    package var listBatch: UInt32 = 100
    /// Peers that wait for fetches, and those of one owner.
    package var waiterCapacity = 4_096, waiterShare = 2_048
    /// Ends that not everybody has acknowledged, and those of one owner.
    package var endingCapacity = 4_096, endingShare = 2_048
    /// Pieces of a user's sessions that are swept: twice as many as a million sessions are.
    package var sweepCapacity = 4_096
    /// Users whose ended sessions wait to be swept. What is not swept goes at its own end.
    package var sweptUsers = 1_024
    /// New sessions, moves and changes under way, and those of one owner.
    package var writeCapacity = 4_096, writeShare = 2_048
    /// Claims under way, and those of one owner.
    package var claimCapacity = 1_024, claimShare = 512
    /// Sessions whose changes are remembered.
    package var changeCapacity = 2_000_000
    /// How long sessions of an older epoch that is not complete are waited for.
    package var doubt = BootSpan.milliseconds(300_000)
    /// Ends that are told to a new epoch in one call, and sessions that are put back in one.
    package var tellBatch = 256, putBackBatch = 32
    /// How long uses of sessions are gathered before they are reported, and how many are reported in one call.
    package var usePause = BootSpan.milliseconds(1_000), useBatch = 100
    /// Entries that the store looks at in one call that trims the stream: a millisecond of its time.
    package var trimBatch: UInt16 = 256
    /// The pause between two such calls while little is to be done, and the longest one while they fail.
    package var trimPause = BootSpan.milliseconds(1_000), longestTrimPause = BootSpan.milliseconds(60_000)
    /// Members that a host looks after.
    package var memberCapacity = 64

    /// The figures of the contract.
    package init() {}

    /// After this time without a beat a member's lease is over: each clock is right within 1 %, and one may lose the
    /// margin.
    var expiry: BootSpan { (lease + margin).scaled(percent: 103) }
    /// Within this time after the store has an end, every host has taken it up or stopped, also one that gets answers
    /// to its beats and few entries, and that sleeps between them. The last answer from before it comes within L/2, and
    /// may tell of an older entry that this host waits for until 3/4 L (`hasRead`), so that the lease may run until 7/4
    /// L. An answer within it makes this host wait for the end, for L/4 more: until 2 L answers extend the lease, by a
    /// whole one. A lease that is over begins again with the end taken up (`takeGrant`). In each L the clock may lose
    /// the margin.
    var silence: BootSpan { expiry + expiry + expiry }
    /// The time between two beats.
    var interval: BootSpan { BootSpan(nanoseconds: lease.nanoseconds / 4) }
    /// How long the store may take to answer. Replicas have a quarter of the lease to confirm.
    var callPatience: BootSpan { BootSpan(nanoseconds: lease.nanoseconds / 2) }
    /// Within this time after its execution all members have acknowledged a write, or were expelled.
    var writePatience: BootSpan { expiry + interval + interval }
}
