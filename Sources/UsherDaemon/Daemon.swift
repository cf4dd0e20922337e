internal import CLinux
package import UsherConfiguration
package import UsherEngine
package import UsherEventLoop
internal import UsherLogin
internal import UsherPAMWire
package import UsherPOSIX
internal import UsherSecrets
internal import UsherServer
internal import UsherSessions
internal import UsherWire

/// The process: event loop, sockets, engine, link to the broker and journal, put together.
package final class Daemon {
    /// How long answers that are under way may take after SIGTERM, in nanoseconds; below `TimeoutStopSec=`.
    private static let patience: Int64 = 5_000_000_000
    /// How often the way out is looked at, in nanoseconds.
    private static let step: Int64 = 10_000_000

    private let loop: EventLoop
    private let reader: ConfigurationReader
    private let status: StatusLine
    private var watchdog: Watchdog?
    private let host: DaemonHost
    private let engine: Engine
    private let server: SocketServer
    private let memory: SessionMemory
    private let cluster: ClusterLink?
    private let board: FileDescriptor
    private var listeners: [Listener] = []
    private var signals: [EventSource] = []
    private var tick: EventTimer?
    private var ending: EventTimer?
    private var endsBy: Int64?

    /// A daemon with `configuration`, which `reader` has read. It serves `sockets`, which listen and do not block, with
    /// the memory that `store` kept.
    package init(
        configuration: Configuration, reader: ConfigurationReader, sockets: [CInt],
        store: any DescriptorStore, loop: EventLoop, journal: Journal
    ) throws(StartupError) {
        self.loop = loop
        self.reader = reader
        status = try Self.statusLine(loop)
        host = DaemonHost(link: BrokerLink(path: configuration.pam.socket, loop: loop), journal: journal)
        memory = SessionMemory(store) { journal.record($0, at: usher_boottime()) }
        let start = try ClusterStart(configuration, memory, loop)
        let ledger = try memory.ledger(
            capacity: configuration.limits.capacity, hasLease: start != nil, keeping: start?.copies)
        let limiter = try memory.limiter(entries: configuration.limits.limiterNames)
        host.status = status
        engine = try Self.engine(configuration, ledger, limiter, host)
        cluster = start?.link
        cluster?.reported = { [unowned engine] in engine.clusterReported($0) }
        if let start { engine.join(start.cluster(goesOn: memory.hasAdopted)) }
        do throws(SystemError) {
            board = try memory.readOnlyBoard()
            server = try SocketServer(
                limits: configuration.limits, shares: configuration.placeShares, loop: loop, handler: engine,
                board: board.number)
            try connect(sockets)
        } catch {
            throw StartupError("usherd", error)
        }
        engine.tick()
    }

    private static func engine(
        _ configuration: Configuration, _ ledger: consuming Ledger, _ limiter: consuming Limiter, _ host: DaemonHost
    ) throws(StartupError) -> Engine {
        do throws(LedgerError) {
            return try Engine(
                serverName: unsafe "usherd/" + String(cString: usher_version()), configuration: configuration,
                rootNames: RootNames.read(), ledger: ledger, limiter: limiter, host: host, clock: { Moment.now })
        } catch {
            throw StartupError("the configured services do not fit the ledger: \(error)")
        }
    }

    private static func statusLine(_ loop: EventLoop) throws(StartupError) -> StatusLine {
        do throws(SystemError) { return try StatusLine(loop) } catch { throw StartupError("usherd", error) }
    }

    private func connect(_ sockets: [CInt]) throws(SystemError) {
        host.server = server
        host.policy = { [unowned self] in engine.policy }
        server.cutOff = { [unowned host] in host.record(.cutOff(what: $0, peer: $1)) }
        host.refused = { [unowned self] in listeners.reduce(0) { $0 + $1.refused } }
        host.link.reported = { [unowned self] in engine.brokerReported($0) }
        host.link.lost = { [unowned self] in engine.brokerLost() }
        host.cluster = cluster
        for socket in sockets {
            listeners.append(
                try Listener(FileDescriptor(owning: socket), loop: loop, server: server, refusal: Self.turnAway))
        }
        signals = [
            try loop.onSignal(SIGTERM) { [unowned self] in stop() },
            try loop.onSignal(SIGINT) { [unowned self] in stop() },
            try loop.onSignal(SIGHUP) { [unowned self] in reader.reload() },
        ]
        let tick = try loop.timer { [unowned self] in
            host.process.noteLag(self.tick?.fired() ?? 0)
            engine.tick()
        }
        self.tick = tick
        host.timer = tick
        watchdog = try Watchdog(loop) { [unowned self] late in
            host.process.noteLag(late)
            return engine.selfCheck()
        } failed: { [unowned self] fault in
            host.record(.selfCheckFailed(why: fault))
        }
        host.journalTimer = try loop.timer { [unowned host] in host.settleJournal() }
        ending = try loop.timer { [unowned self] in
            ending?.fired()
            endIfDone()
        }
    }

    /// Serves until SIGTERM; returns the exit status.
    package func run() throws(SystemError) -> CInt {
        reader.serve(reloading)
        status.tell(with: "READY=1\n")
        let code = try loop.run()
        // The loop takes nothing any more that could change what the snapshot says.
        memory.keepSnapshot { engine.writeCluster(to: &$0) }
        memory.end()
        host.journal.end()
        return code
    }

    // MARK: Reload

    /// What becomes of a configuration that is read while the daemon runs.
    private var reloading: ConfigurationReader.Actions {
        ConfigurationReader.Actions(
            apply: { [unowned self] (fresh) throws(StartupError) in try goOn(by: fresh) },
            begin: { ServiceManager.notifyReloading() },
            end: { [unowned status] in
                status.remark = $0
                status.tell(with: "READY=1\n")
            },
            record: { [unowned host] in host.record($0) })
    }

    private func goOn(by fresh: Configuration) throws(StartupError) {
        let reload: Reload
        do throws(LedgerError) { reload = try engine.reload(fresh, rootNames: RootNames.read()) } catch {
            throw StartupError("the configured services do not fit the ledger: \(error)")
        }
        server.limits = fresh.limits
        for id in reload.closing { server.close(id) }
        server.share(fresh.placeShares)
        host.record(.reloaded(closed: reload.closing.count, unchanged: reload.unchanged))
    }

    // MARK: The end

    private func stop() {
        guard endsBy == nil else { return }
        ServiceManager.notify("STOPPING=1\nSTATUS=Answering what is in flight")
        reader.stop()
        for listener in listeners { listener.stop() }
        endsBy = usher_boottime() + Self.patience
        engine.drain()
        server.takeLast()
        endIfDone()
    }

    private func endIfDone() {
        let now = usher_boottime()
        if (!engine.isBusy && server.isFlushed) || now >= endsBy ?? 0 {
            server.closeAll()
            loop.exit(0)
        } else {
            ending?.arm(at: now + Self.step)
        }
    }

    /// Tells a client that it is not served, and why.
    private static func turnAway(_ socket: CInt, _ code: ErrorCode) {
        var answer = FrameBuffer(capacity: 512)
        _ = answer.writeError(code, to: .null, retryAfter: code == .busy ? .seconds(1) : nil)
        answer.withBytes { bytes in
            unsafe bytes.withUnsafeBytes { _ = unsafe usher_send(socket, $0.baseAddress, $0.count, -1) }
        }
    }
}
