/// Connections that are made, asked something on, and closed at once, without end.
struct ConnectFlood: Assault {
    private let attacker: Attacker
    private let request = frame(Attack.ping)
    private var number = 0
    private(set) var tally = Tally()

    init(_ attacker: Attacker) { self.attacker = attacker }

    mutating func step() {
        for _ in 0..<16 {
            number += 1
            guard let socket = attacker.connect(number) else { continue }
            if number % 2 == 0 { socket.send(request) }
            tally.open += 1
        }
    }
}
