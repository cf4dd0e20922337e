import CLinux
import Synchronization
import UsherTestKit

/// A client that validates one session after the other on a thread of its own while others misbehave: it must not
/// notice.
///
/// A thread and not a task: tests block, and blocked tests must not keep a bystander from running.
final class Bystander: Sendable {
    private struct State {
        var isStopped = false
        var validations = 0
        var slowest = Duration.zero
        var failure: String?
    }

    /// What it saw.
    struct Report {
        /// Validations that were answered with yes.
        let validations: Int
        /// The longest that one took.
        let slowest: Duration
        /// What went wrong.
        let failure: String?
    }

    /// Used by the thread alone once it runs.
    nonisolated(unsafe) private let client: TestClient
    private let token: String
    private let state = Mutex(State())
    private let thread = Mutex(pthread_t())

    /// Starts validating on a connection to `daemon`, in a session of its own; as another user where a uid is given.
    init(_ daemon: DevDaemon, as uid: UInt32? = nil) throws {
        client = try daemon.client(as: uid)
        token = try daemon.login(client)
        thread.withLock { thread in
            _ = pthread_create(
                &thread, nil,
                { context in
                    if let context { Unmanaged<Bystander>.fromOpaque(context).takeRetainedValue().run() }
                    return nil
                }, Unmanaged.passRetained(self).toOpaque())
        }
    }

    private func run() {
        do {
            while !state.withLock({ $0.isStopped }) {
                let time = try elapsed {
                    let answer = try client.call("session.validate", ["token": .text(token)])
                    guard answer["valid"] == true else { throw TestFailure("\(answer)") }
                }
                state.withLock {
                    $0.validations += 1
                    $0.slowest = max($0.slowest, time)
                }
                poll(nil, 0, 2)
            }
        } catch {
            state.withLock { $0.failure = "\(error)" }
        }
    }

    /// Ends it and tells what it saw. It has to be called once.
    func stop() -> Report {
        state.withLock { $0.isStopped = true }
        _ = thread.withLock { pthread_join($0, nil) }
        return state.withLock { Report(validations: $0.validations, slowest: $0.slowest, failure: $0.failure) }
    }

    /// Runs `body` beside a bystander that is at work; what that saw.
    static func watching(
        _ daemon: DevDaemon, as uid: UInt32? = nil, _ body: () throws -> Void
    ) throws -> Report {
        let bystander = try Bystander(daemon, as: uid)
        do {
            try eventually("the bystander is at work") { bystander.state.withLock { $0.validations > 0 } }
            try body()
        } catch {
            _ = bystander.stop()
            throw error
        }
        return bystander.stop()
    }
}
