/// Connections that are kept full of frames, and whose answers are taken.
struct FrameFlood: Assault {
    private let stream: [UInt8]
    private var sockets: HostileSockets

    init(_ body: String, _ attacker: Attacker, connections: Int) {
        let frame = frame(body)
        stream = Array(repeating: frame, count: (64 << 10) / frame.count).flatMap(\.self)
        sockets = HostileSockets(attacker, count: connections)
    }

    var tally: Tally { sockets.tally }

    mutating func step() {
        let stream = stream
        sockets.forEach { $0.pour(stream) }
    }
}
