import NIOPosix
import Synchronization
import UsherClient
import UsherGate
import UsherWebHummingbird

/// What belongs to browsers and outlives a reload: logins that wait, sessions on their way, and counts.
final class GateMemory: Sendable {
    /// Hand-overs on their way at once: each lives a minute at most.
    private static let handOvers = 1024
    /// Threads that ask the host for groups.
    private static let threads = 4

    let client: UsherClient
    let logins: LoginSteps
    let handOver = Mutex(HandOver(capacity: GateMemory.handOvers))
    let health = GateHealth()
    /// Where the host is asked for groups: a directory behind nsswitch.conf(5) may take its time.
    let hostQuestions: NIOThreadPool

    /// An empty memory, in which `capacity` logins may wait.
    init(_ client: UsherClient, capacity: Int) {
        self.client = client
        logins = LoginSteps(client, capacity: capacity)
        hostQuestions = NIOThreadPool(numberOfThreads: Self.threads)
        hostQuestions.start()
    }
}
