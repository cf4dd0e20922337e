import CLinux
import UsherTestKit

/// Descriptors that come with bytes (SCM_RIGHTS), each on a connection of its own: pipes in numbers, and TCP
/// connections whose close(2) waits.
struct PassedDescriptors: Assault {
    private let attacker: Attacker
    private var number = 0
    private var sockets: [HostileSocket] = []
    private var lingering: [LingeringSocket] = []
    private(set) var tally = Tally()

    init(_ attacker: Attacker) { self.attacker = attacker }

    mutating func step() {
        number += 1
        guard let socket = attacker.connect(number) else { return }
        tally.open += 1
        let isPassed = number % 4 == 0 ? passLingering(on: socket) : passPipes(on: socket)
        if isPassed { tally.closed += 1 }
        sockets.append(socket)
        if sockets.count > 64 { sockets.removeFirst(32) }
    }

    /// Passes a connection whose close(2) waits. Returns whether the kernel let it through.
    private mutating func passLingering(on socket: HostileSocket) -> Bool {
        guard let near = try? LingeringSocket(seconds: 2) else { return false }
        let isPassed = pass([near.descriptor], with: [0], on: socket.descriptor)
        if isPassed { near.letGo() }
        lingering.append(near)
        if lingering.count > 64 { lingering.removeFirst(32) }
        return isPassed
    }

    private func passPipes(on socket: HostileSocket) -> Bool {
        var ends: [CInt] = [-1, -1]
        guard usher_pipe(&ends) == 0 else { return false }
        defer { for end in ends { close(end) } }
        let many = Array(repeating: ends[0], count: number % 2 == 0 ? 253 : 1)
        return pass(many, with: frame(Attack.ping), on: socket.descriptor)
    }
}
