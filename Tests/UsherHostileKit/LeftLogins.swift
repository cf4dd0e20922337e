/// Logins that are begun with no password and hardly any time, and those whose client goes away; each for another name.
struct LeftLogins: Assault {
    private var sockets: HostileSockets
    private var number = 0

    init(_ attacker: Attacker, connections: Int) {
        sockets = HostileSockets(attacker, count: connections)
    }

    var tally: Tally { sockets.tally }

    mutating func step() {
        var number = number
        sockets.forEach { socket in
            number += 1
            let time = number % 2 == 0 ? 30 : 30_000
            let params = #"{"user":"left-\#(number)","timeout_ms":\#(time)}"#
            socket.send(frame(Attack.request("auth.start", params)))
        }
        self.number = number
        sockets.replace(number)
    }
}
