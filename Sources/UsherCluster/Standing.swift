/// How far a host is on its way into the cluster.
enum Standing: Sendable {
    /// There are no connections with the store.
    case disconnected
    /// It asks what the store is.
    case greeting(CallID)
    /// It waits before it asks again.
    case waiting
    /// It opens an epoch.
    case opening(CallID)
    /// It asks for a confirmed write before it reads the stream up to a number.
    case probing(CallID, upTo: UInt64)
    /// It reads the stream up to a number, having begun behind `from`.
    case reading(upTo: UInt64, from: Stamp)
    /// It has read the stream, and asks whether anything was trimmed meanwhile.
    case checking(CallID, from: Stamp)
    /// It tells what it knows, and has `rest` to tell, the last first.
    case telling(CallID, rest: [StoreCall])
    /// It has asked to be a member.
    case joining(CallID)
    /// It is a member.
    case member(Membership)
    /// It is leaving.
    case leaving(CallID)
    /// It takes no part: it has left, or cannot read the stream.
    case stopped
}

/// What a member keeps.
struct Membership: Sendable {
    /// The number of the join.
    let joined: UInt64
    /// The beat under way.
    var beat: Beat?
    /// When the next one is due.
    var next: BootInstant
    /// When the last beat was sent whose answer had the list of members; nil where members have come or gone since.
    var listed: BootInstant?
    /// The newest entry that it has acknowledged by a beat, or by the call that brought it about.
    var acknowledged: UInt64 = 0
    /// The sessions whose ends the store may count as acknowledged by the calls that are under way.
    var uncounted: Set<SessionTag> = []
    /// The entry by which a member came or went last.
    var turnover: UInt64 = 0
    /// Since when the other members' counts have not moved.
    var sightings: [MemberID: Sighting] = [:]
    /// What a beat was granted after the lease was over, while the stream has not come to the number of its answer.
    var grant: (number: UInt64, sent: BootInstant)?
    /// A number that the stream has not brought yet, and since when this host knows of it.
    var behind: (number: UInt64, since: BootInstant)?
}

/// A beat under way.
struct Beat: Sendable {
    let call: CallID
    let sent: BootInstant
    /// It was sent before this host forgot what has ended, and begins no lease.
    var isVoid = false
}

/// A member's counts, and when they were seen first.
struct Sighting: Sendable {
    var count: MemberCount
    var since: BootInstant
    /// The store's clock then.
    var seconds: UInt64
}

/// The deadline for the reply to the call that the host waits for: a step into the cluster, or a beat.
struct ControlCall: Sendable {
    var deadline = BootInstant.never
    /// When to greet the store again.
    var retry = BootInstant.never
}

/// What a call was made for.
enum CallPurpose: Sendable {
    case control
    case fetch(SharedDigest)
    case list(UInt64)
    case ending(UInt64)
    case sweep
    case write(UInt64)
    case claim(UInt64)
    case putBack
    case uses
    case putBackUsed
    case trim
    case forgetting
}

/// What a timer looks at.
enum TimerSubject: Sendable {
    case fetch(SharedDigest)
    case list(UInt64)
    case ending(UInt64)
    case write(UInt64)
    case claim(UInt64)
    case fence
    case putBack
    case recovery
    case uses
    case sweep
    case trim
}
