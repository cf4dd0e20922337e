package import UsherCluster
internal import UsherNames
package import UsherSealing
internal import UsherSecrets
internal import UsherSessions
internal import UsherWire

/// A question to ``ClusterHost`` that awaits its answer.
typealias ClusterRequest = UsherCluster.RequestID

/// What the engine keeps of the hosts that share sessions with this one: the rules' state (``ClusterHost``), the keys,
/// and everything that waits for an answer of the store.
///
/// The ledger has the sessions, and ``ClusterHost`` what the rules need to know of them; both change together, by the
/// actions of ``ClusterHost`` alone. Events wait in `events` while the actions of an earlier one are carried out, so
/// that actions are never nested. Requests that are to be handled again wait in `arrivals` until the end of the turn.
package final class Cluster {
    /// Takes the answer to a request.
    typealias Continuation = (ClusterAnswer) -> Void

    /// Requests to be handled again: what they waited for has come, or cannot come.
    enum Arrival {
        /// All that wait for the session of this digest, what the store was found to have of it, and why they are
        /// refused.
        case session(SharedDigest, ClusterAnswer, Refusal?)
        /// An update that met another change.
        case update(RepeatedUpdate)
    }

    /// `[cluster]`, as it was when the daemon started.
    package let settings: ClusterSettings
    let keys: ClusterKeys
    let seal: ClusterSeal
    let tokens: SharedTokens
    let driver: any ClusterDriver
    /// The state of this host among the others.
    package internal(set) var host: ClusterHost
    /// The pseudonyms of the shared realms, by their names.
    let realms: [String: UInt32]
    /// What this host writes into the sessions that begin here.
    let origin: UInt32
    /// The same realms, as the ledger numbers those that are configured.
    var realmIDs: [RealmID] = []
    /// Origin and uid of each copy whose login was on another host, by the copy's tag. The uid means nothing here; the
    /// record in the store needs it.
    var accounts: [SessionTag: (origin: UInt32, uid: UInt32?)] = [:]
    /// Whether copies are refused unless ``ClusterHost`` says otherwise: some may have ended in an older epoch.
    var isSuspended = false
    /// The end of a turn has nothing to do here. A turn that changes nothing is spared the look at all tables.
    var isSettled = false
    /// Requests that wait for a session.
    var parked = ParkedRequests()
    /// Where the answers to requests that were handled again are written.
    var answers = FrameBuffer(capacity: 2 * (WireLimit.header + WireLimit.frame))
    var arrivals: [Arrival] = [] { didSet { isSettled = false } }
    var events: [ClusterEvent] = [] { didSet { isSettled = false } }
    var isTelling = false
    /// Tokens that are to replace others, by their digests: who asks for the same rotation again gets the same one.
    var replacements = ReplacementTokens() { didSet { isSettled = false } }
    /// How often sessions may be changed.
    var rates = ChangeRates()
    /// Tokens that somebody has got in this turn, or that are of no use: others that wait for the same rotation get
    /// them too.
    var spent: [SharedDigest] = [] { didSet { isSettled = false } }
    /// Ends of copies that have ended here and that ``ClusterHost`` could not take, and when each is asked for again.
    var untold: [(target: EndTarget, at: Int64)] = [] { didSet { isSettled = false } }
    /// Copies that were ended.
    var endedCount = 0
    /// What the entries that are being taken up tell.
    var told = ToldEnds()
    /// The host that ended the session that is being ended, if that is another one, and is known.
    var endingHost: String?
    /// Sessions whose copy here was not used for their idle time, and which perhaps ended by that.
    var idled: [IdledSession] = [] { didSet { isSettled = false } }
    /// Who asked that this host leaves, and waits for that.
    var leaving: [OwedReply] = []
    /// The sealed name of this host, the note of each end.
    let note: [UInt8]
    /// Why the session that was to be adopted last is not held; nil where it is.
    var misfit: Refusal?
    /// The refusal that the journal was told last.
    var lastRefusal: ClusterReport?
    /// The journal has an entry that an epoch was entered, and none yet that the recovery is over.
    var isRecovering = false
    /// Sessions that were fetched, and requests that were refused because no answer came.
    var fetches: UInt64 = 0
    var unavailable: UInt64 = 0
    private var waiting: [ClusterRequest: Continuation] = [:]
    private var lastRequest: UInt64 = 0

    /// Whether this goes on where an earlier process has ended.
    let goesOn: Bool

    /// A host that is `member`, or a new one, and has sent beats up to `beats` and kept `fence`. It may hold `capacity`
    /// sessions. With `snapshot`, which was read with the same parameters, it goes on where that ends; the ledger must
    /// have kept the copies of `snapshot`.
    package init(
        _ settings: ClusterSettings, keys: ClusterKeys, member: MemberID? = nil, beats: UInt64 = 0,
        fence: KeptFence? = nil, capacity: Int, snapshot: ClusterSnapshot? = nil, driver: any ClusterDriver
    ) {
        (self.settings, self.keys, self.driver) = (settings, keys, driver)
        seal = ClusterSeal(cluster: settings.name, keys: keys)
        tokens = SharedTokens(cluster: settings.name, keys: keys)
        note = seal.seal(note: Array(settings.host.utf8))
        host =
            snapshot?.host
            ?? Self.host(settings, keys: keys, member: member, beats: beats, fence: fence, capacity: capacity)
        goesOn = snapshot != nil
        realms = Dictionary(uniqueKeysWithValues: settings.realms.map { ($0, keys.bucket(realm: $0)) })
        // No realm has an empty name, so that no user has this pseudonym.
        origin = keys.bucket(realm: "", user: settings.host)
        if let snapshot {
            (accounts, isSuspended, isRecovering) = (snapshot.accounts, snapshot.isSuspended, snapshot.isRecovering)
            untold = snapshot.untold.map { ($0, 0) }
        }
    }

    /// The state of a host that knows nothing.
    static func host(
        _ settings: ClusterSettings, keys: ClusterKeys, member: MemberID?, beats: UInt64, fence: KeptFence?,
        capacity: Int
    ) -> ClusterHost {
        ClusterHost(
            member: member ?? MemberID(high: Random.word(), low: Random.word()), beats: beats, fence: fence,
            name: settings.host, limits: ClusterLimits(settings, check: keys.check, capacity: capacity),
            seed: Random.word())
    }

    /// Requests that wait for an answer.
    var waitingCount: Int { waiting.count + parked.count + leaving.count }

    /// When the rules want to look at the time. A host that is passed `inout` is not copied.
    var deadline: BootInstant { Self.deadline(of: &host) }

    private static func deadline(of host: inout ClusterHost) -> BootInstant { host.deadline }

    /// A new request, and what is to be done with its answer.
    func wait(_ then: @escaping Continuation) -> ClusterRequest {
        lastRequest += 1
        waiting[ClusterRequest(lastRequest)] = then
        return ClusterRequest(lastRequest)
    }

    /// What is to be done with the answer to `request`; nil where nobody waits for it.
    func takeWaiting(_ request: ClusterRequest) -> Continuation? { waiting.removeValue(forKey: request) }
}

extension ClusterLimits {
    fileprivate init(_ settings: ClusterSettings, check: UInt64, capacity: Int) {
        self.init()
        let milliseconds = UInt64(clamping: settings.lease.wholeNanoseconds / 1_000_000)
        lease = .milliseconds(milliseconds)
        margin = .milliseconds(max(1_000, milliseconds / 10))
        copies = settings.copies
        self.check = check
        copyCapacity = capacity
        (endCapacity, changeCapacity) = (2 * capacity, 2 * capacity)
    }
}
