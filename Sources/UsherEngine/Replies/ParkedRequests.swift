internal import UsherSecrets
internal import UsherSessions

/// A request that cannot take effect yet, because the session of its token is being asked for elsewhere.
final class ParkedRequest {
    /// The connection that sent it.
    let connection: ConnectionID
    /// The uid of the peer.
    let uid: UInt32
    /// When the peer's patience ends, in nanoseconds of CLOCK_BOOTTIME.
    let deadline: Int64
    /// The body of the frame. It shows a token.
    let body: SecretBytes
    /// How often it has met another change.
    let repeats: Int

    fileprivate init(
        _ body: Span<UInt8>, from connection: ConnectionID, uid: UInt32, until deadline: Int64, repeats: Int
    ) {
        self.repeats = repeats
        self.connection = connection
        self.uid = uid
        self.deadline = deadline
        self.body = SecretBytes(copying: body)
    }
}

/// Requests that wait for something before they can take effect, by the digest of the token that they show. Once it has
/// come, or cannot come any more, they are taken out and handled as if they had just arrived (as in blocked.c of
/// Redis), so that handlers stay synchronous.
///
/// - Data structure: a queue for each digest, in order of arrival. Requests on a digest that has a queue must join it:
///   those that show the same token take effect in the order in which they were sent.
/// - Invariant: no connection and no uid has more requests here than its share, no uid more bytes, and all bodies
///   together are at most `limits.bytes`.
/// - Deadlines are found by a walk over all of them, a few hundred at most.
struct ParkedRequests {
    /// The bounds of the table.
    struct Limits {
        /// Requests of one connection.
        var perConnection = 32
        /// Requests of one uid, whatever its connections.
        var perUser = 128
        /// Bytes of all bodies.
        var bytes = 1 << 20
        /// Bytes of the bodies of one uid.
        var bytesPerUser = 1 << 18
    }

    /// What became of a request that should be parked.
    enum Parking: Equatable {
        /// It waits, as the first on its digest: what it waits for must be asked for now.
        case first
        /// It waits behind others.
        case behind
        /// There is no room for it.
        case full
    }

    private let limits: Limits
    private var queues: [TokenDigest: [ParkedRequest]] = [:]
    private var ofConnection: [ConnectionID: Int] = [:]
    private var ofUser: [UInt32: Int] = [:]
    private var bytesOfUser: [UInt32: Int] = [:]
    /// Bytes of all bodies.
    private(set) var bytes = 0

    /// An empty table.
    init(limits: Limits = Limits()) { self.limits = limits }

    /// How many requests wait.
    var count: Int { queues.values.reduce(0) { $0 + $1.count } }
    /// The earliest deadline; nil if no request waits.
    var nextDeadline: Int64? { queues.values.joined().map(\.deadline).min() }

    /// Whether requests on `digest` wait, which others on it must not overtake.
    func isWaiting(on digest: TokenDigest) -> Bool { queues[digest] != nil }

    /// Parks a request behind those on the same digest.
    mutating func park(
        _ body: Span<UInt8>, on digest: TokenDigest, from connection: ConnectionID, uid: UInt32,
        until deadline: Int64, repeats: Int = 0
    ) -> Parking {
        guard ofConnection[connection, default: 0] < limits.perConnection,
            ofUser[uid, default: 0] < limits.perUser, body.count <= limits.bytes - bytes,
            body.count <= limits.bytesPerUser - bytesOfUser[uid, default: 0]
        else { return .full }
        ofConnection[connection, default: 0] += 1
        ofUser[uid, default: 0] += 1
        bytesOfUser[uid, default: 0] += body.count
        bytes += body.count
        let request = ParkedRequest(body, from: connection, uid: uid, until: deadline, repeats: repeats)
        queues[digest, default: []].append(request)
        return queues[digest]?.count == 1 ? .first : .behind
    }

    /// Takes out the requests on `digest`, in order, to be handled again: what they waited for has come.
    mutating func take(_ digest: TokenDigest) -> [ParkedRequest] {
        let requests = queues.removeValue(forKey: digest) ?? []
        for request in requests { release(request) }
        return requests
    }

    /// Takes out what has waited long enough at `now`.
    mutating func expire(now: Int64) -> [ParkedRequest] { remove { $0.deadline <= now } }

    /// Forgets the requests of a connection that has gone.
    mutating func connectionClosed(_ connection: ConnectionID) {
        guard ofConnection[connection] != nil else { return }
        _ = remove { $0.connection == connection }
    }

    private mutating func remove(where leaves: (ParkedRequest) -> Bool) -> [ParkedRequest] {
        var removed: [ParkedRequest] = []
        for (digest, queue) in queues where queue.contains(where: leaves) {
            removed += queue.filter(leaves)
            let left = queue.filter { !leaves($0) }
            queues[digest] = left.isEmpty ? nil : left
        }
        for request in removed { release(request) }
        return removed
    }

    private mutating func release(_ request: ParkedRequest) {
        bytes -= request.body.count
        Self.decrement(&ofConnection, request.connection)
        Self.decrement(&ofUser, request.uid)
        Self.decrement(&bytesOfUser, request.uid, by: request.body.count)
    }

    private static func decrement<Key>(_ counts: inout [Key: Int], _ key: Key, by amount: Int = 1) {
        let left = counts[key, default: 0] - amount
        counts[key] = left > 0 ? left : nil
    }
}
