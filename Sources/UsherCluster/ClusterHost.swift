/// One host among those that share sessions through a store: what it knows, and the rules of `protocol/CLUSTER.md` by
/// which it takes part. A value without I/O: it takes events with their time and returns actions, which the driver
/// carries out in their order.
///
/// Invariants: while the lease runs, each session in `copies` was good when the last granted beat was sent, or is
/// unknown to every revocation that has been answered. Board, ledger and table of ends have taken up the stream to
/// `position`. In a new epoch a copy is accepted only if this host knows every end of it that can have been answered.
///
/// Rejected: leases by the store's clock, which steps; pushed invalidations, which nobody acknowledges.
package struct ClusterHost: Sendable {
    /// The rules that are obeyed.
    let guards: ClusterGuards
    /// The figures.
    package let limits: ClusterLimits
    /// The time of the event that is taken.
    var now = BootInstant.boot
    private var actions: [ClusterAction] = []
    private var entropy: ClusterEntropy

    // What an orderly restart of the daemon keeps (`write(to:at:)`).
    /// The host's name, which a reboot does not change.
    let name: String
    /// Who this host is.
    package internal(set) var member: MemberID
    /// The number of the last beat or join.
    package internal(set) var beats: UInt64
    /// The epoch that this host was last in.
    package internal(set) var epoch: Epoch?
    /// The ordinal of that epoch; 0 before the first one.
    package internal(set) var ordinal: UInt64 = 0
    /// What this host has taken up of the stream.
    package internal(set) var position = Stamp.zero
    /// Where a reading of the stream began, until that is compared with what has been trimmed.
    var unchecked: Stamp?
    /// The end of the lease.
    package internal(set) var lease = BootInstant.boot
    /// No end, move or change is answered `done` before this instant; `never` until the join.
    var fence = BootInstant.never
    /// The fence that an earlier process of this host has kept.
    private let keptFence: KeptFence?
    /// A beat that was sent after `fence` has been answered: leases of older epochs that no member knows of had ended
    /// while this run of the store still served.
    var isPastFence = false
    var copies: CopyTable
    var ends: EndTable
    var lastOfUser, lastOfRealm: EndAllTable
    var changes: ChangeTable
    /// The members of the epoch.
    var view: MemberView
    /// The tables have every end that the stream of the epoch has told.
    var remembers = true
    /// The epoch has been told all that the tables have.
    var hasTold = false
    /// What this host brings into the epoch, until a beat has shown it the members there.
    var heritage: Heritage?
    /// What this host has brought into the epoch.
    var lineage = Lineage()
    /// Whether this host refuses its doubtful copies. It does so until the older epochs are complete.
    var isInDoubt = false
    /// What is to be done since the epoch was entered; nil once all hosts have done it.
    var recovery: Recovery?
    var endings: [UInt64: Ending] = [:]
    /// The last end that was begun of each subject, while it is under way.
    var endingOrders: [EndTarget.Subject: UInt64] = [:]
    var endingShares: ShareBudget
    var lastOrder: UInt64 = 0

    // What it does not keep.
    var standing = Standing.disconnected
    var control = ControlCall()
    var retries: RetryPause
    var calls: [CallID: CallPurpose] = [:]
    var lastCall: UInt64 = 0
    /// The reading of the stream that is under way. Entries and bells of an earlier reading are ignored.
    var following: CallID?
    var fetches: [SharedDigest: Fetch] = [:]
    var lists: [UInt64: Listing] = [:]
    /// The list that the store reads.
    var listing: UInt64?
    var writes: [UInt64: Write] = [:]
    /// The moves among them, by the digest that is moved.
    var moves: [SharedDigest: UInt64] = [:]
    var claims: [UInt64: Claim] = [:]
    var fetchShares, listShares, waiters, writeShares, claimShares: ShareBudget
    var uses = UseReports()
    var sweeps = Sweeps()
    var trimming = Trimming.idle
    /// The number of the stream up to which trimming has looked at four entries for each that was written.
    var trimPaid: UInt64 = 0
    var trimRetries: RetryPause
    var timers = TimerQueue<TimerSubject>()
    /// The highest number that every member has acknowledged, by the latest call that counts members.
    var minimum: UInt64 = 0
    /// The newest number that the store has told this host.
    var told: UInt64 = 0
    var clock = StoreClock()
    /// The stream has come to the entry of this host's last join.
    var hasReadJoin = false
    /// Whether all older epochs were complete at the last beat.
    var isWhole = false
    /// Why the store was not joined when this host greeted it last; nil where it was.
    var fault: ClusterRefusal?
    /// The names of members that this host has seen.
    var names: [MemberID: String] = [:]
    /// Members of older epochs that have not come in time.
    var missing: Set<MemberID> = []
    /// The member that an administrator wants to be forgotten, or nil for all that are waited for, and who asks.
    var forgetting: (request: RequestID, member: MemberID?)?
    /// The store knows that this host has left, so that nobody waits for it.
    package internal(set) var hasToldLeave = false

    /// A host that is `member` and knows nothing. `seed` is random. `beats` is the number that `keepBeat` kept last: a
    /// daemon that crashed and has lost its tables goes on as the same member, so that nobody waits for an expulsion.
    /// The host has no lease and no copies. Unless ``read(from:at:)`` comes next, the lease must be off the board, and
    /// the copies out of the ledger, before the host takes an event (`endsBesideLedger`). `fence` is what `keepFence`
    /// kept last.
    package init(
        member: MemberID, beats: UInt64 = 0, fence: KeptFence? = nil, name: String, limits: ClusterLimits,
        seed: UInt64, guards: ClusterGuards = .all
    ) {
        keptFence = fence
        (self.member, self.name, self.limits, self.guards) = (member, name, limits, guards)
        self.beats = beats
        entropy = ClusterEntropy(seed: seed)
        copies = CopyTable(capacity: limits.copyCapacity)
        ends = EndTable(capacity: limits.endCapacity)
        lastOfUser = EndAllTable(capacity: limits.endAllCapacity)
        lastOfRealm = EndAllTable(capacity: limits.endAllCapacity)
        changes = ChangeTable(capacity: limits.changeCapacity)
        view = MemberView(capacity: limits.memberCapacity)
        fetchShares = ShareBudget(capacity: limits.fetchCapacity, share: limits.fetchShare)
        listShares = ShareBudget(capacity: limits.listCapacity, share: limits.listShare)
        waiters = ShareBudget(capacity: limits.waiterCapacity, share: limits.waiterShare)
        endingShares = ShareBudget(capacity: limits.endingCapacity, share: limits.endingShare)
        writeShares = ShareBudget(capacity: limits.writeCapacity, share: limits.writeShare)
        claimShares = ShareBudget(capacity: limits.claimCapacity, share: limits.claimShare)
        retries = RetryPause(first: limits.firstPause, longest: limits.longestPause)
        trimRetries = RetryPause(first: limits.trimPause, longest: limits.longestTrimPause)
    }

    /// Takes what happened at `now`, and says what is to be done.
    package mutating func take(_ event: ClusterEvent, at now: BootInstant) -> [ClusterAction] {
        self.now = max(now, self.now)
        passTime()
        take(event)
        sendBeatIfDue()
        defer { actions.removeAll(keepingCapacity: true) }
        return actions
    }

    private mutating func take(_ event: ClusterEvent) {
        switch event {
        case .connected: connect()
        case .disconnected: disconnect()
        case .replied(let id, let reply): take(reply, to: id)
        case .entriesRead(let id, let entries, let isEnd): if id == following { takeUp(entries, isEnd: isEnd) }
        case .bellRang(let id, let minimum): if id == following { hear(minimum) }
        case .timePassed: break
        case .fetchAsked(let request, let owner, let digest): fetch(request, owner, digest)
        case .listAsked(let request, let owner, let bucket, let place): list(request, owner, bucket, place)
        case .putAsked(let request, let owner, let order): write(request, owner, .put(order))
        case .endAsked(let request, let owner, let target): end(request, owner, target)
        case .moveAsked(let request, let owner, let order): write(request, owner, .move(order))
        case .rotationAwaited(let request, let owner, let digest): awaitRotation(request, owner, digest)
        case .changeAsked(let request, let owner, let order): write(request, owner, .change(order))
        case .claimAsked(let request, let owner, let order): claim(request, owner, order)
        case .used(let digest): use(digest)
        case .forgotten(let digest): copies.remove(digest)
        case .leaveAsked: leave()
        case .forgetAsked(let request, let gone): forget(request, gone)
        }
    }

    /// Whether the session of `digest` is accepted here without asking anybody.
    package func accepts(_ digest: SharedDigest, at now: BootInstant) -> Bool {
        guard let copy = copies[digest], !copy.isDoubtful, now < copy.end else { return false }
        return hasLease(at: now)
    }

    /// Whether shared sessions may be accepted.
    package func hasLease(at now: BootInstant) -> Bool { now < lease || !guards.has(.lease) }

    /// Whether this host is a member as far as it knows.
    package var isMember: Bool { if case .member = standing { true } else { false } }

    /// The stamp that a login notes when it begins; nil where no login may begin. A login begins only after this host's
    /// join was confirmed: until then an older run may still answer an end of all, and the number of that end may be
    /// below this stamp.
    package var loginStamp: Stamp? { isMember || !guards.has(.loginOfMember) ? position : nil }

    /// Sessions that are held.
    package var copyCount: Int { copies.count }

    /// The end of the fence in the epoch that is entered; `never` where this host has not joined the epoch before. The
    /// fence waits until leases of older epochs are over. Their end counts from this machine's first join in the epoch,
    /// even if the daemon was restarted since. After a crash the next process asks anew, by a beat, whether this run of
    /// the store still serves (`beatAfterFence`).
    func fence(_ epoch: Epoch, _ ordinal: UInt64) -> BootInstant {
        guard let keptFence, keptFence.epoch == epoch, keptFence.ordinal == ordinal else { return .never }
        return keptFence.end
    }

    mutating func act(_ action: ClusterAction) { actions.append(action) }
    mutating func random() -> UInt64 { entropy.next() }

    mutating func send(_ call: StoreCall, for purpose: CallPurpose, isConfirmed: Bool) -> CallID {
        lastCall += 1
        let id = CallID(lastCall)
        calls[id] = purpose
        let isConfirmed = isConfirmed && limits.copies > 0 && guards.has(.confirmedCopies)
        act(.call(id, epoch: call.isStrict ? epoch : nil, call, isConfirmed: isConfirmed))
        return id
    }
}
