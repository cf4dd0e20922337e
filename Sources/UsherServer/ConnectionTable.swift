internal import UsherEngine
internal import UsherEventLoop

/// The connections by place, with the limits on their number.
///
/// A place is an index into one array; its generation rises each time it is given out, so that an id from before names
/// nobody. Rejected: a dictionary by descriptor, whose numbers the kernel reuses at once.
struct ConnectionTable {
    private struct Place {
        var generation: UInt32 = 0
        var connection: Connection?
    }

    var limits: Limits
    private var places: [Place] = []
    private var free: [UInt32] = []
    private var perUser: [UInt32: Int] = [:]

    init(limits: Limits) { self.limits = limits }

    /// Connections now.
    var count: Int { places.count - free.count }

    /// Whether one more of this user may come.
    func admits(uid: UInt32) -> Bool {
        if uid == 0 { return count < limits.connections }
        return count < limits.connections - limits.connectionsForRoot
            && perUser[uid, default: 0] < limits.connectionsPerUID
    }

    /// Takes a connection in. Precondition: ``admits(uid:)``.
    mutating func insert(_ socket: consuming PeerSocket, credentials: PeerCredentials) -> Connection {
        let index = free.popLast() ?? UInt32(places.count)
        if Int(index) == places.count { places.append(Place()) }
        places[Int(index)].generation &+= 1
        let id = ConnectionID(index: index, generation: places[Int(index)].generation)
        let connection = Connection(id: id, credentials: credentials, socket: socket)
        places[Int(index)].connection = connection
        perUser[credentials.uid, default: 0] += 1
        return connection
    }

    /// The connection that `id` names, if it is still there.
    subscript(id: ConnectionID) -> Connection? {
        guard Int(id.index) < places.count, places[Int(id.index)].generation == id.generation else { return nil }
        return places[Int(id.index)].connection
    }

    /// Lets a connection go.
    mutating func remove(_ connection: Connection) {
        let uid = connection.credentials.uid
        places[Int(connection.id.index)].connection = nil
        free.append(connection.id.index)
        let left = perUser[uid, default: 1] - 1
        perUser[uid] = left == 0 ? nil : left
    }

    /// Every connection.
    var all: [Connection] { places.compactMap(\.connection) }
}
