import CLinux
import UsherTestKit

/// Makes a ``Fault`` happen and ends it; whatever it was, the daemon serves again afterwards.
struct FaultInjector {
    let daemon: DevDaemon
    let host: HostState
    let scene: CrashScene
    let trouble: Trouble
    /// Starts that a full disk prevented.
    private(set) var refusedStarts = 0

    init(_ daemon: DevDaemon, on host: HostState, _ scene: CrashScene, _ trouble: Trouble) {
        (self.daemon, self.host, self.scene, self.trouble) = (daemon, host, scene, trouble)
    }

    /// Lets `fault` happen, from its beginning to its end.
    mutating func inject(_ fault: Fault) throws {
        switch fault {
        case .killedDaemon, .killedStart: try killDaemon(twice: fault == .killedStart)
        case .killedBroker: try trouble.during { try signal([daemon.broker], SIGKILL) }
        case .killedZygote: try trouble.during { try signal([daemon.zygote], SIGKILL) }
        case .killedWorkers: try trouble.during { try signal(daemon.workers, SIGKILL) }
        case .stoppedDaemon: stop([daemon.process.pid])
        case .stoppedBroker: trouble.during { stop([daemon.broker]) }
        case .stoppedZygote: trouble.during { stop([daemon.zygote]) }
        case .stoppedWorkers: trouble.during { stop(daemon.workers) }
        case .fullDisk: try host.withFullDisk { wait(100...1000) }
        case .fullDiskAtStart: try startOnFullDisk()
        case .noDescriptors: try withoutDescriptors(daemon.process.pid) { try crowd() }
        case .noBrokerDescriptors:
            try trouble.during { try withoutDescriptors(daemon.broker) { wait(100...1000) } }
        case .wallClock: setWallClock()
        case .wallClockAtStart:
            setWallClock()
            try killDaemon(twice: false)
        }
    }

    /// Some time, in milliseconds.
    private func wait(_ range: ClosedRange<Int32>) { poll(nil, 0, Int32.random(in: range)) }

    // MARK: Processes

    private func killDaemon(twice: Bool) throws {
        daemon.process.kill()
        if twice {
            try daemon.restart(waiting: false)
            wait(0...100)
            daemon.process.kill()
        }
        try daemon.restart()
    }

    /// A process that is not there cannot be killed: then there was no fault.
    private func signal(_ processes: [pid_t], _ number: CInt) throws {
        for process in processes where process > 0 { kill(process, number) }
        if processes.allSatisfy({ $0 <= 0 }) { throw TestFailure("there is no such process") }
        wait(0...300)
    }

    private func stop(_ processes: [pid_t]) {
        for process in processes where process > 0 { kill(process, SIGSTOP) }
        wait(50...1500)
        for process in processes where process > 0 { kill(process, SIGCONT) }
    }

    // MARK: Disk and descriptors

    /// A daemon that finds a full disk may refuse to start, and must leave all as it was.
    private mutating func startOnFullDisk() throws {
        daemon.process.kill()
        var isRefused = false
        try host.withFullDisk {
            try daemon.restart(waiting: false)
            try eventually("it serves or ends") {
                isRefused = !daemon.process.isRunning
                return isRefused || (try? daemon.client().call("server.ping").result) == [:]
            }
        }
        if isRefused {
            refusedStarts += 1
            try daemon.restart()
        }
    }

    /// Takes from `process` the right to open anything more, for the length of `body`.
    private func withoutDescriptors(_ process: pid_t, _ body: () throws -> Void) throws {
        let line = File.text("/proc/\(process)/limits").split(separator: "\n").first { $0.hasPrefix("Max open files") }
        guard let usual = line?.split(separator: " ").dropFirst(3).first, process > 0 else {
            throw TestFailure("no limits of \(process)")
        }
        let open = Set(File.names("/proc/\(process)/fd").compactMap { Int($0) })
        try limit(process, to: "\((0...).first { !open.contains($0) } ?? 0)")
        defer { try? limit(process, to: "\(usual)") }
        try body()
    }

    private func limit(_ process: pid_t, to count: String) throws {
        let place = try TestDirectory()
        let (end, text) = try TestProcess.run(["prlimit", "--pid", "\(process)", "--nofile=\(count):"], in: place)
        guard end == .status(0) else { throw TestFailure("prlimit: \(text)") }
    }

    /// Comes in numbers while there is no descriptor for anybody; who is connected is served as before.
    private func crowd() throws {
        let answers = scene.counted.answers
        let clients = (0..<30).compactMap { _ in try? daemon.client() }
        for client in clients {
            _ = try? client.sendSome(TestClient.frame(#"{"jsonrpc":"2.0","id":1,"method":"server.ping"}"#))
        }
        wait(100...1000)
        try eventually("who is connected is served") { scene.counted.answers > answers }
    }

    // MARK: Clock

    /// Seconds by which the wall clock is set: none, little, an hour, ten years, and beyond what 32 bits hold.
    private static let jumps: [Int64] = [
        0, 1, -1, 3600, -3600, 315_360_000, -315_360_000, 4_000_000_000, -1_795_000_000,
    ]

    private func setWallClock() {
        host.setWall(ahead: Self.jumps.randomElement() ?? 0)
        wait(100...500)
    }
}
