/// Connections that ask for as much as the daemon takes, and read nothing.
struct UnreadAnswers: Assault {
    private let stream: [UInt8]
    private var sockets: HostileSockets

    init(_ attacker: Attacker, connections: Int) {
        stream = Array(repeating: frame(Attack.request("server.hello")), count: 500).flatMap(\.self)
        sockets = HostileSockets(attacker, count: connections)
    }

    var tally: Tally { sockets.tally }

    mutating func step() {
        let stream = stream
        sockets.forEach(reading: false) { $0.pour(stream) }
    }
}
