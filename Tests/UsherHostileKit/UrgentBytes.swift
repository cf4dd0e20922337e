import CLinux

/// Requests with an urgent byte (MSG_OOB) at any place in them.
struct UrgentBytes: Assault {
    private let request = frame(Attack.ping)
    private var sockets: HostileSockets
    private var number = 0

    init(_ attacker: Attacker, connections: Int) {
        sockets = HostileSockets(attacker, count: connections)
    }

    var tally: Tally { sockets.tally }

    mutating func step() {
        let (request, cut) = (request, number % (request.count - 1))
        number += 1
        sockets.forEach { socket in
            socket.send(request[..<cut])
            socket.send(request[cut...cut], flags: CInt(MSG_OOB))
            socket.send(request[(cut + 1)...])
        }
    }
}
