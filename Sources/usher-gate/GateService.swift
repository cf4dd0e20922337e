import CLinux
import HummingbirdCore
import NIOCore
import NIOPosix
import Synchronization
import UnixSignals
import UsherClient
import UsherConfiguration
import UsherEventLoop
import UsherGate
import UsherJournal
import UsherSecrets
import UsherWebHummingbird

/// The gate as a process: sockets that are served by a configuration, which SIGHUP replaces.
///
/// Each request is answered by the configuration that is in effect when it begins. A configuration with a fault changes
/// nothing.
final class GateService: Sendable {
    /// Connections of monitoring at once.
    private static let monitors = 32
    /// Places in the daemon's share for this peer that waiting logins leave free, for logins without a second step and
    /// for a second gate.
    private static let spare: Int64 = 4
    /// How long requests under way may take once the process is to end: a question to usherd takes five seconds at most
    /// (`ClientConfiguration.deadline`). Below TimeoutStopSec.
    private static let farewell = TimeAmount.seconds(6)

    private struct State {
        var gate: Gate
        var peers: Set<UInt32>
    }

    private let state: Mutex<State>
    private let memory: GateMemory
    private let sockets: GateSockets
    private let read: GateReading.Source
    private let connections = PeerConnections()
    /// The thread that reads the configuration. Questions about groups have threads of their own, so they delay no
    /// reload.
    private let reader = NIOThreadPool(numberOfThreads: 1)
    private let loops = MultiThreadedEventLoopGroup.singleton
    private let journal: GateJournal

    /// A service by `reading`; `read` reads the configuration anew.
    init(
        _ reading: GateReading, sockets: GateSockets, client: UsherClient, journal: GateJournal,
        read: @escaping GateReading.Source
    ) {
        self.sockets = sockets
        self.journal = journal
        self.read = read
        memory = GateMemory(client, reading.configuration.limits)
        state = Mutex(Self.state(reading, sockets, memory, journal))
        reader.start()
    }

    private static func state(
        _ reading: GateReading, _ sockets: GateSockets, _ memory: GateMemory, _ journal: GateJournal
    ) -> State {
        let gate = sockets.key.bytes.withBytes { key in
            Gate(reading.configuration, key: key, memory: memory, journal: journal)
        }
        return State(gate: gate, peers: reading.peers)
    }

    private var gate: Gate { state.withLock { $0.gate } }

    /// Serves until a socket fails or the process is to end. Each of `reloads` has the configuration read again; the
    /// first of `ends` ends the process.
    func run(reloads: UnixSignalsSequence, ends: UnixSignalsSequence) async throws {
        let limits = gate.configuration.limits
        let proxies = GateServer(
            group: loops, journal: journal, capacity: limits.connections, fields: limits.headers
        ) { [self] channel, uid in
            connections.insert(channel, of: uid)
            return state.withLock { $0.peers.contains(uid) }
        } immediateAnswer: { [self] request in
            gate.immediateAnswer(GateRequest(request))
        } answer: { [self] request in
            await gate.response(to: GateRequest(request))
        }
        let operations = GateServer(
            group: loops, journal: journal, capacity: Self.monitors, fields: limits.headers
        ) { [memory] request in
            Response(memory.operation(request))
        }
        let servers = [(proxies, sockets.http)] + (sockets.operations.map { [(operations, $0)] } ?? [])
        try await withThrowingDiscardingTaskGroup { [self] tasks in
            tasks.addTask { await self.watch() }
            tasks.addTask { for await _ in reloads { await self.reload() } }
            for (server, socket) in servers { tasks.addTask { try await server.run(socket) } }
            tasks.addTask { for await _ in ends { await self.end(servers.map(\.0)) } }
            // A server that fails ends them all, and systemd starts the process anew.
            ServiceManager.notify("READY=1")
        }
    }

    /// Ends the process once the requests under way are answered, after `farewell` at the latest. Logins that wait for
    /// a person are over: usherd cancels them with the connection, and the person is asked to start again.
    private func end(_ servers: [GateServer]) async -> Never {
        ServiceManager.notify("STOPPING=1")
        let loop = loops.any()
        let ended = loop.makePromise(of: Void.self)
        let timer = loop.scheduleTask(in: Self.farewell) { ended.succeed() }
        EventLoopFuture.andAllComplete(servers.map { $0.stop() }, on: loop).whenComplete { _ in
            timer.cancel()
            ended.succeed()
        }
        try? await ended.futureResult.get()
        journal.settle()
        // PAM may keep a login busy for minutes: nothing that is under way is waited for any longer.
        _exit(0)
    }

    // MARK: Reload

    private func reload() async {
        ServiceManager.notifyReloading()
        let read = read
        // Names may be those of a directory that takes its time.
        let result = try? await reader.runIfActive { read() }
        if let fresh = result?.reading {
            adopt(fresh)
            ServiceManager.notify("READY=1\nSTATUS=")
        } else {
            journal.record(
                .configurationRefused, .error, ["why": result?.faults.summary ?? "no thread could read it"])
            ServiceManager.notify("READY=1\nSTATUS=The configuration has errors; the one from before is in effect")
        }
    }

    private func adopt(_ fresh: GateReading) {
        let next = Self.state(fresh, sockets, memory, journal)
        state.withLock { $0 = next }
        memory.handOver.withLock { $0.resize(fresh.configuration.limits.codes) }
        let closed = connections.close(except: fresh.peers)
        journal.record(.configurationReloaded, .notice, ["closed": "\(closed)"])
    }

    // MARK: The daemon

    /// Asks the daemon for its greeting again and again, which says how many logins may wait here.
    private func watch() async {
        var isAway = false
        while !Task.isCancelled {
            do throws(UsherError) {
                take(try await memory.client.hello())
                if isAway { journal.record(.daemonBack, .notice) }
                isAway = false
            } catch {
                if !isAway { journal.record(.daemonAway, .error, ["why": error.description]) }
                isAway = true
            }
            journal.settle()
            ServiceManager.notify("WATCHDOG=1")
            try? await Task.sleep(for: GateHealth.interval)
        }
    }

    private func take(_ greeting: ServerInfo) {
        memory.health.greeted()
        let flows = gate.configuration.limits.flows
        guard let share = greeting.limits["logins"] else { return memory.logins.resize(flows) }
        // The daemon keeps a quarter of a peer's logins for addresses from which the same name has logged in before.
        memory.logins.resize(min(flows, Int(clamping: max(share - share / 4 - Self.spare, 1))))
    }
}
