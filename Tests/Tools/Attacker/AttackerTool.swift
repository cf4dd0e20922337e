import CLinux
import UsherHostileKit
import UsherTestKit

/// `Attacker ATTACK SOCKET UID USERS CONNECTIONS SECONDS`: attacks the daemon at SOCKET as USERS users from UID on, and
/// says at its end what came of it: connections that are open, were answered, were closed.
@main
struct AttackerTool {
    static func main() throws {
        let words = CommandLine.arguments
        let numbers = words.dropFirst(3).compactMap { Int($0) }
        guard words.count == 7, numbers.count == 4, let attack = Attack(rawValue: words[1]) else {
            throw TestFailure("ATTACK SOCKET UID USERS CONNECTIONS SECONDS")
        }
        let attacker = Attacker(words[2], uid: uid_t(numbers[0]), users: numbers[1])
        var assault = attack.assault(by: attacker, connections: numbers[2])
        let end = Patience(.seconds(numbers[3]))
        while !end.isOver { assault.step() }
        let tally = assault.tally
        print(tally.open, tally.answered, tally.closed)
    }
}
