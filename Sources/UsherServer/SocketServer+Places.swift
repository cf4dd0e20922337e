internal import CLinux
package import UsherEngine
package import UsherEventLoop

/// Who comes in, and whose shares each connection uses.
extension SocketServer {
    /// How long a connection of a user without a role must have been idle before another may have its place, in
    /// nanoseconds.
    static let idleTime: Int64 = 1_000_000_000
    /// Connections that one search for an idle one looks at.
    private static let searchLength = 8

    /// A place granted to a client.
    package struct Admission {
        let credentials: PeerCredentials
        let owner: ConnectionOwner
        let place: Places.Kind
    }

    /// Whether the number of the user's connections admits one more.
    package func admits(uid: UInt32) -> Bool { places.admits(user: handler.user(of: uid)) }

    /// Grants a place to one more client with these credentials; nil if there is none. If the outsiders' places are all
    /// taken, closes an outsider's connection that has been idle for ``idleTime``.
    package func admit(_ credentials: PeerCredentials) -> Admission? {
        let owner = handler.owner(of: credentials)
        if places.isCrowded(for: owner), let connection = longestIdle() { close(connection) }
        return places.next(for: owner).map { Admission(credentials: credentials, owner: owner, place: $0) }
    }

    /// The outsiders' connection that was served least recently, if that was ``idleTime`` ago and nothing waits on it.
    /// A connection that waits for its turn counts as used.
    private func longestIdle() -> Connection? {
        for _ in 0..<Self.searchLength {
            guard let index = idle.oldest, let connection = table[index: index] else { return nil }
            guard connection.servedAt <= clock() - Self.idleTime else { return nil }
            if connection.readiness == 0 && connection.isFlushed { return connection }
            idle.use(index)
        }
        return nil
    }

    /// Takes a connected socket in, right after its admission.
    package func add(_ socket: consuming PeerSocket, _ admission: Admission) {
        let connection = table.insert(
            socket, admission.credentials, owner: admission.owner, place: admission.place)
        places.take(admission.place, admission.owner.user)
        connection.interest = Self.reading
        guard enterLane(connection) else { return release(connection) }
        handler.connected(connection.id, admission.credentials)
    }

    /// Lets a connection go, with its place.
    func release(_ connection: Connection) {
        leaveLane(connection)
        places.giveBack(connection.place, connection.owner.user)
        table.remove(connection)
    }

    /// Shares the places out anew, and asks the handler again whose shares each connection uses. Connections that are
    /// there stay, also where there are more of them than the shares allow now.
    package func share(_ shares: PlaceShares) {
        places = Places(shares)
        for connection in table.all {
            let (before, owner) = (connection.owner, handler.owner(of: connection.credentials))
            let place = places.next(for: owner) ?? (owner.isOutsider ? .outsiders : .common)
            places.take(place, owner.user)
            (connection.owner, connection.place) = (owner, place)
            guard TurnScheduler.Owner(owner) != TurnScheduler.Owner(before) else { continue }
            leaveLane(connection)
            if !enterLane(connection) { close(connection) }
        }
    }

    /// Notes that an outsider is served.
    func noteUse(of connection: Connection) {
        connection.servedAt = clock()
        idle.use(Int(connection.id.index))
    }

    /// Adds a connection to its owner's lane. Returns whether the kernel agreed.
    private func enterLane(_ connection: Connection) -> Bool {
        let lane = connection.owner.isOutsider ? outsiders : peers
        connection.lane = lane
        connection.account = lane.scheduler.join(TurnScheduler.Owner(connection.owner))
        if connection.owner.isOutsider { noteUse(of: connection) }
        return lane.control(EPOLL_CTL_ADD, connection)
    }

    /// Takes a connection out of its lane. Its socket may outlive it, and would then be reported as ready for ever
    /// (epoll(7), Q6).
    private func leaveLane(_ connection: Connection) {
        guard let lane = connection.lane else { return }
        lane.control(EPOLL_CTL_DEL, connection)
        lane.scheduler.leave(connection.account)
        connection.lane = nil
        connection.readiness = 0
        idle.remove(Int(connection.id.index))
    }
}
