import CLinux

/// Connections that send the beginning of a frame, or nothing, and wait. Where the daemon closes one it is made anew.
struct StalledConnections: Assault {
    private let start: [UInt8]
    private var sockets: HostileSockets

    init(_ start: [UInt8], _ attacker: Attacker, connections: Int) {
        self.start = start
        sockets = HostileSockets(attacker, count: connections)
        sockets.forEachThere { $0.send(start) }
    }

    var tally: Tally { sockets.tally }

    mutating func step() {
        let start = start
        sockets.forEach(fresh: { $0.send(start) }) { _ in }
        poll(nil, 0, 1)
    }
}
