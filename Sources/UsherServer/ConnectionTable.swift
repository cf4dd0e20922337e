internal import UsherEngine
internal import UsherEventLoop

/// The connections by place.
///
/// A place is an index into one array; its generation rises each time it is given out, so that an id from before names
/// nobody. Rejected: a dictionary by descriptor, whose numbers the kernel reuses at once.
struct ConnectionTable {
    private struct Place {
        var generation: UInt32 = 0
        var connection: Connection?
    }

    private var places: [Place] = []
    private var free: [UInt32] = []

    /// Connections now.
    var count: Int { places.count - free.count }

    /// Takes a connection in.
    mutating func insert(
        _ socket: consuming PeerSocket, _ credentials: PeerCredentials, owner: ConnectionOwner, place: Places.Kind
    ) -> Connection {
        let index = free.popLast() ?? UInt32(places.count)
        if Int(index) == places.count { places.append(Place()) }
        places[Int(index)].generation &+= 1
        let id = ConnectionID(index: index, generation: places[Int(index)].generation)
        let connection = Connection(id, socket, credentials, owner: owner, place: place)
        places[Int(index)].connection = connection
        return connection
    }

    /// The connection that `id` names, if it is still there.
    subscript(id: ConnectionID) -> Connection? {
        guard Int(id.index) < places.count, places[Int(id.index)].generation == id.generation else { return nil }
        return places[Int(id.index)].connection
    }

    /// The connection at a place, if there is one.
    subscript(index index: Int) -> Connection? { index < places.count ? places[index].connection : nil }

    /// Lets a connection go.
    mutating func remove(_ connection: Connection) {
        places[Int(connection.id.index)].connection = nil
        free.append(connection.id.index)
    }

    /// Every connection.
    var all: [Connection] { places.compactMap(\.connection) }
}
