import ArgumentParser
import UsherHostileKit

/// An attack of the hostile kit that goes on until it is killed. ``HostileBenchmark`` starts it.
struct AttackBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attack", abstract: "Attacks a socket until it is killed.", shouldDisplay: false)

    @Argument(help: "The attack.")
    var attack: Attack
    @Argument(help: "The socket.")
    var socket: String
    @Option(help: "The first user that connects.")
    var uid: UInt32
    @Option(help: "The number of users from there on.")
    var users = 1
    @Option(help: "Connections.")
    var connections = 256

    func run() throws {
        goBehindLoad()
        let attacker = Attacker(socket, uid: uid, users: users)
        var assault = attack.assault(by: attacker, connections: connections)
        while true { assault.step() }
    }
}

extension Attack: ExpressibleByArgument {}
