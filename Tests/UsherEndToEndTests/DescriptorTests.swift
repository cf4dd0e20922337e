import CLinux
import Testing
import UsherTestKit

/// Clients without any right that pass descriptors whose closing takes as long as they like.
///
/// Each test runs with SO_PASSRIGHTS, where the kernel has it, and as on a kernel without.
@Suite("Descriptors that clients pass", .serialized)
struct DescriptorTests {
    static let kernels = [[], ["--ignore-passrights"]]
    /// What one close(2) takes where it is made to wait. That half of it is not taken says that nobody waited.
    static let linger: CInt = 8
    static let bound = Duration.seconds(4)

    /// What was queued for a daemon while it was stopped, and by whom.
    private struct Attack {
        var clients: [TestClient] = []
        var sockets: [LingeringSocket] = []
        /// Clients whose descriptor the kernel let through.
        var passed: [TestClient] = []

        /// Queues descriptors on connections that `daemon` has, and on others that it has yet to accept, while it
        /// is stopped: so all of them are its own alone when it goes on.
        init(on daemon: DevDaemon, connected: Int = 20, waiting: Int = 90) throws {
            for _ in 0..<connected {
                let client = try daemon.client()
                try client.call("server.ping")
                clients.append(client)
            }
            kill(daemon.process.pid, SIGSTOP)
            for _ in 0..<waiting { clients.append(try daemon.client()) }
            for (index, client) in clients.enumerated() { try pass(on: client, index) }
        }

        private mutating func pass(on client: TestClient, _ index: Int) throws {
            let socket = try LingeringSocket(seconds: DescriptorTests.linger)
            let ping = TestClient.frame(#"{"jsonrpc":"2.0","id":1,"method":"server.ping"}"#)
            // With urgent data it is the kernel that would drop them, when the ping behind these is read.
            let bytes = index % 3 == 0 ? [0] : index % 3 == 1 ? ping : Array(ping.prefix(9))
            if client.pass([socket.descriptor], with: bytes, urgent: index % 3 == 0) {
                passed.append(client)
                if index % 3 == 0 { try client.send(ping) }
                socket.letGo()
            }
            sockets.append(socket)
        }
    }

    /// Whether this kernel refuses them for whoever asks for it.
    private static let kernelRefuses: Bool = {
        var pair: [CInt] = [-1, -1]
        guard usher_socketpair(CInt(SOCK_STREAM.rawValue), 1, &pair) == 0 else { return false }
        defer { for end in pair { close(end) } }
        return usher_refuse_descriptors(pair[0]) == 1
    }()

    @Test("keep nobody waiting, are nobody's afterwards, and cost their sender the connection", arguments: kernels)
    func nobodyWaits(_ options: [String]) throws {
        let daemon = try DevDaemon(options: options)
        let good = try daemon.client()
        let token = try daemon.login(good)
        try daemon.waitUntilIdle()
        let before = ProcessTable.descriptors(of: daemon.process.pid)
        var attack: Attack? = try Attack(on: daemon)
        let passed = attack?.passed.count ?? 0
        #expect(passed == (options.isEmpty && Self.kernelRefuses ? 0 : 110))
        let time = try elapsed {
            kill(daemon.process.pid, SIGCONT)
            let isValid = try good.call("session.validate", ["token": .text(token)])["valid"]
            let pong = try daemon.client().call("server.ping").result
            #expect(isValid == true && pong == [:])
        }
        #expect(time < Self.bound, "\(time)")
        for client in attack?.passed ?? [] { #expect(client.isClosed(within: Self.bound)) }
        let cutOff = try good.call("server.stats")["connections_cut_off"]?.integer
        #expect(cutOff == Int64(passed))
        if passed > 0 { #expect(daemon.log.contains("descriptor")) }
        attack = nil
        try eventually("no descriptor is left") { ProcessTable.descriptors(of: daemon.process.pid) == before }
        try eventually("no child is left") { ProcessTable.children(of: daemon.process.pid) == [daemon.broker] }
        #expect(try daemon.login(good).utf8.count == 43)
    }

    @Test("253 at once, and more than the daemon may have open, are refused as well", arguments: kernels)
    func many(_ options: [String]) throws {
        let limit = ["sh", "-c", "ulimit -n 64; exec \"$@\"", "sh"]
        let daemon = try DevDaemon(wrapper: limit, options: options)
        let good = try daemon.client()
        let socket = try LingeringSocket(seconds: Self.linger)
        let clients = try (0..<8).map { _ in try daemon.client() }
        var passed = 0
        kill(daemon.process.pid, SIGSTOP)
        for client in clients {
            for _ in 0..<20 where client.pass(Array(repeating: socket.descriptor, count: 253)) { passed += 1 }
        }
        if passed > 0 { socket.letGo() }
        kill(daemon.process.pid, SIGCONT)
        let time = try elapsed { try good.call("server.ping") }
        #expect(time < Self.bound, "\(time)")
        #expect(try daemon.client().call("server.ping").result == [:])
    }

    /// Connects and passes /dev/null, without end, on 1,000 connections that wait for their end. So the queue of the
    /// listening socket is not what new clients wait for.
    private static let visitor = """
        import collections, os, socket, sys
        null = os.open("/dev/null", os.O_RDONLY)
        clients = collections.deque()
        print(flush=True)
        while True:
            client = socket.socket(socket.AF_UNIX)
            client.connect(sys.argv[1])
            socket.send_fds(client, [b"x"], [null])
            clients.append(client)
            if len(clients) == 1000:
                oldest = clients.popleft()
                try: oldest.recv(1)
                except OSError: pass
                oldest.close()
        """

    @Test(
        "of two visitors who come, pass one and go, again and again, keep no new client waiting",
        .enabled(if: Machine.hasProgram("python3")))
    func visitors() throws {
        let limit = ["sh", "-c", "ulimit -n 8192; exec \"$@\"", "sh"]
        let daemon = try DevDaemon(wrapper: limit, options: ["--ignore-passrights"])
        let directory = try TestDirectory()
        let visitors = try (0..<2).map {
            try TestProcess(["python3", "-c", Self.visitor, daemon.socket], output: directory.path("\($0)"))
        }
        defer { for visitor in visitors { visitor.kill() } }
        for visitor in visitors { try eventually("it visits") { visitor.written.hasSuffix("\n") } }
        let times = try (0..<9).map { _ in
            try elapsed {
                let pong = try daemon.client().call("server.ping").result
                #expect(pong == [:])
            }
        }
        #expect(times.sorted()[4] < .milliseconds(700), "\(times)")
        for visitor in visitors { #expect(visitor.isRunning) }
    }

    @Test("a daemon that is killed with them in its queues is followed by one with its sessions", arguments: kernels)
    func killed(_ options: [String]) throws {
        let daemon = try DevDaemon(options: options + ["--keep-sessions"])
        defer { daemon.end() }
        let token = try daemon.login(daemon.client())
        for _ in 0..<4 {
            let attack = try Attack(on: daemon, connected: 5, waiting: 10)
            let time = elapsed { daemon.process.kill() }
            #expect(time < Self.bound, "\(time)")
            try daemon.restart()
            #expect(try daemon.accepts(token))
            withExtendedLifetime(attack) {}
        }
    }

    @Test("whatever kills daemons that have adopted the sessions, and have answered nobody, ends none")
    func brake() throws {
        let daemon = try DevDaemon(options: ["--keep-sessions"])
        defer { daemon.end() }
        let token = try daemon.login(daemon.client())
        daemon.process.kill()
        for death in 1...5 {
            try daemon.restart(waiting: false)
            try eventually("it adopts: \(daemon.log)") {
                daemon.log.split(separator: "\n").count { $0.contains("sessions taken over") } == death
            }
            daemon.process.kill()
        }
        try daemon.restart()
        #expect(try daemon.accepts(token))
    }
}
