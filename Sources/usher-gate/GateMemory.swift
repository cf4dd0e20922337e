import NIOPosix
import Synchronization
import UsherClient
import UsherGate
import UsherWebHummingbird

/// The state that outlives a reload: the client, logins that wait, codes that have arrived, counts.
final class GateMemory: Sendable {
    /// Threads that ask the host for groups.
    private static let threads = 4

    let client: UsherClient
    let logins: LoginSteps
    let handOver: Mutex<HandOver>
    let health = GateHealth()
    /// Where the host is asked for groups: a directory behind nsswitch.conf(5) may take its time.
    let hostQuestions: NIOThreadPool

    /// An empty memory with room for what `limits` says.
    init(_ client: UsherClient, _ limits: GateLimits) {
        self.client = client
        logins = LoginSteps(client, capacity: limits.flows)
        handOver = Mutex(HandOver(capacity: limits.codes))
        hostQuestions = NIOThreadPool(numberOfThreads: Self.threads)
        hostQuestions.start()
    }
}
