import UsherCluster

/// The board of a host. Its readers see nothing else.
struct SimulatedBoard {
    struct Slot {
        var record: SharedRecord
        var end: BootInstant
        /// The ledger has it, and the board has not.
        var isSuspended = false
    }

    var lease = BootInstant.boot
    var slots: [SharedDigest: Slot] = [:]
}

/// Collects the words of a snapshot.
final class SnapshotWords {
    var all: [UInt64] = []
}

/// A host: its core, its clock, its board, its connections.
struct SimulatedHost {
    var core: ClusterHost
    var board = SimulatedBoard()

    // The clock: parts in a million of real time, without what it has lost.
    var rate: UInt64 = 1_000_000
    var lost: UInt64 = 0
    var frozenSince: UInt64?
    /// When it last went on after it had been frozen: it is frozen at most once in a lease.
    var thawed: UInt64 = 0

    /// Whether the machine is on; whether the daemon is stopped.
    var isAlive = true
    var isStopped = false
    /// It was told to end, has written this, and begins again with it.
    var snapshot: [UInt64]?
    /// It has crashed, and begins again with its member id, the number of its last beat and its fence alone.
    var isForgetful = false
    var fence: KeptFence?
    /// The member that the machine is a copy of, and its last beat then.
    var copied: (member: MemberID, beats: UInt64)?
    /// How long it is away after it has left, until it comes back as another member.
    var absence: UInt64 = 2_000_000_000
    /// What has come in while it did not run.
    var inbox: [ClusterEvent] = []
    var timer = UInt64.max

    /// Counts connections; what was sent on an older one does not arrive.
    var connection = 0
    var isConnected = false
    /// Which store it is connected with.
    var server = 0
    /// Nothing passes before this time.
    var cutUntil: UInt64 = 0
    /// Answers of fetches are held back before this time.
    var stuckUntil: UInt64 = 0
    /// The stream is held back before this time.
    var streamStuckUntil: UInt64 = 0
    /// Answers of all other calls are held back before this time.
    var repliesStuckUntil: UInt64 = 0
    /// Answers of its beats are held back before this time.
    var beatsStuckUntil: UInt64 = 0
    /// With two primaries, the one that it reaches.
    var reaches: Int?
    var arrivals: [UInt64] = [0, 0, 0, 0, 0]
    /// Where the stream is read from, and whether a read waits for entries.
    var cursor = Stamp.zero
    var follow = CallID(0)
    var isBlocked = false
    var hasReadEnd = false
    /// Writes to the board that are put off until after the lease, in schedules without `endsBeforeLease`.
    var putOff: [ClusterAction] = []

    func local(_ time: UInt64) -> BootInstant {
        let real = frozenSince ?? time
        return BootInstant(nanoseconds: 1_000_000_000_000 + real / 1_000 * rate / 1_000 - lost)
    }

    /// When its clock will show `instant`.
    func world(_ instant: BootInstant, after time: UInt64) -> UInt64 {
        let wait = instant.since(local(time)).nanoseconds
        return time + wait / 1_000 * 1_000_000 / rate * 1_000 + 2_000
    }

    /// Whether a reader of the board accepts what stands in `slot`, by a lease and a clock that it has loaded.
    func reads(_ slot: SimulatedBoard.Slot?, lease: BootInstant, clock: BootInstant) -> Bool {
        guard let slot, !slot.isSuspended, clock < slot.end else { return false }
        return clock < lease || core.hasLease(at: .never)
    }
}
