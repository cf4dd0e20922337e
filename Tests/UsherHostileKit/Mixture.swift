/// All attacks at once, with a share of the connections each.
struct Mixture: Assault {
    private var parts: [any Assault]

    init(_ attacker: Attacker, connections: Int) {
        let attacks = Attack.allCases.filter { $0 != .mixed }
        parts = attacks.map { $0.assault(by: attacker, connections: max(1, connections / attacks.count)) }
    }

    var tally: Tally { parts.reduce(Tally()) { $0 + $1.tally } }

    mutating func step() { for index in parts.indices { parts[index].step() } }
}
