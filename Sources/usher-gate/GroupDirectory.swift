import NIOCore
import NIOPosix
import Synchronization
import UsherConfiguration
import UsherGate
import UsherPOSIX

/// Which user is in which group, by the host's answer (getgrouplist(3)). Threads of the pool ask the host, since a
/// directory behind nsswitch.conf(5) may take its time. An answer is remembered for a minute.
final class GroupDirectory: Sendable {
    /// How long an answer counts.
    private static let lifetime = Duration.seconds(60)
    /// How long a request waits for one.
    private static let patience = TimeAmount.seconds(2)
    /// `capacity` users are remembered, and the next one displaces all of them. `queue` questions may be under way;
    /// beyond these the host counts as busy.
    private static let capacity = 4096
    private static let queue = 256

    private struct Memory {
        let names: [String]
        let until: ContinuousClock.Instant
    }

    /// By the bytes of users' names: two that Unicode takes for the same text are two users.
    private struct State {
        var known: [[UInt8]: Memory] = [:]
        var asking: [[UInt8]: EventLoopFuture<[String]>] = [:]
    }

    private let names: [String]
    private let pool: NIOThreadPool
    private let state = Mutex(State())

    /// A directory for these groups, which are all that rules name. The host is asked on threads of `pool`.
    init(groups names: [String], _ pool: NIOThreadPool) {
        self.names = names
        self.pool = pool
    }

    /// Which of the groups `wanted` the user is in.
    func memberships(of user: String, among wanted: [String]) async -> Access.Groups {
        guard let answer = await answer(user) else { return .unavailable }
        return .known(Self.common(wanted, answer))
    }

    /// The same without waiting; nil where the host must be asked.
    func rememberedMemberships(of user: String, among wanted: [String]) -> [String]? {
        let memory = state.withLock { $0.known[Array(user.utf8)] }
        guard let memory, ContinuousClock.now < memory.until else { return nil }
        return Self.common(wanted, memory.names)
    }

    private static func common(_ wanted: [String], _ names: [String]) -> [String] {
        wanted.filter { name in names.contains { $0.utf8.elementsEqual(name.utf8) } }
    }

    private func answer(_ user: String) async -> [String]? {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let key = Array(user.utf8)
        let future: EventLoopFuture<[String]>? = state.withLock { state in
            if let memory = state.known[key], ContinuousClock.now < memory.until {
                return loop.makeSucceededFuture(memory.names)
            }
            if let asking = state.asking[key] { return asking }
            guard state.asking.count < Self.queue else { return nil }
            let names = names
            let future = pool.runIfActive(eventLoop: loop) { try Self.ask(of: user, among: names) ?? [] }
            state.asking[key] = future
            future.whenComplete { [weak self] in self?.settle(key, $0) }
            return future
        }
        guard let future else { return nil }
        let promise = loop.makePromise(of: [String]?.self)
        let timer = loop.scheduleTask(in: Self.patience) { promise.succeed(nil) }
        future.hop(to: loop).whenComplete { result in
            timer.cancel()
            promise.succeed(try? result.get())
        }
        return try? await promise.futureResult.get()
    }

    private func settle(_ user: [UInt8], _ result: Result<[String], any Error>) {
        state.withLock { state in
            state.asking[user] = nil
            guard case .success(let names) = result else { return }
            if state.known.count >= Self.capacity { state.known.removeAll() }
            state.known[user] = Memory(names: names, until: .now + Self.lifetime)
        }
    }

    /// Asks the host which of the groups `names` the user is in; nil if there is no such user. Throws if a look-up
    /// fails, since the answer "in no group" would be wrong.
    static func ask(of name: String, among names: [String]) throws(SystemError) -> [String]? {
        guard let user = try AccountDatabase.user(named: name).get() else { return nil }
        let account = HostUser(name, user)
        var members: [String] = []
        for name in names {
            if let group = try AccountDatabase.group(named: name).get(), account.groups.contains(group) {
                members.append(name)
            }
        }
        return members
    }
}
