/// Connections that follow the events and read none.
struct UnreadEvents: Assault {
    private let request = frame(Attack.request("events.subscribe"))
    private var sockets: HostileSockets

    init(_ attacker: Attacker, connections: Int) {
        sockets = HostileSockets(attacker, count: connections)
    }

    var tally: Tally { sockets.tally }

    mutating func step() {
        let request = request
        sockets.forEach(reading: false) { $0.send(request) }
    }
}
