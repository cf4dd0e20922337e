import CLinux
import Testing
import UsherHostileKit
import UsherTestKit

/// A daemon that others attack, and those who use it meanwhile.
struct Siege {
    let daemon: DevDaemon
    private let outputs: TestDirectory
    private let admin: TestClient

    /// Debian's account `bin`: a peer as any tool is one.
    private static let tool: UInt32 = 2

    /// Root has every role; Debian's accounts `daemon` (uid 1), which attacks at times, and `bin` are peers.
    private static let clients = """
        [[client]]
        user = "root"
        roles = ["login", "validate", "issue", "watch", "admin"]
        services = ["default"]
        [[client]]
        user = "daemon"
        roles = ["login", "validate", "watch"]
        services = ["default"]
        [[client]]
        user = "bin"
        roles = ["login", "validate", "watch"]
        services = ["default"]
        """

    init(options: [String]) throws {
        daemon = try DevDaemon(clients: Self.clients, options: options)
        // The directory is its owner's alone, and so is the socket.
        chmod(daemon.directory, 0o711)
        chmod(daemon.socket, 0o666)
        outputs = try TestDirectory()
        admin = try daemon.client()
    }

    /// Attacks for `seconds`, while a tool and root validate all the time, log in, watch, and look at what was there
    /// before. Neither may be refused anything, or lose anything.
    func attack(_ attack: Attack, uid: Int, users: Int, connections: Int = 256, seconds: Int = 2) throws {
        let kept = try [daemon.login(admin), daemon.login(daemon.client(as: Self.tool))]
        let watchers = try [daemon.client(), daemon.client(as: Self.tool)]
        for watcher in watchers {
            #expect(try watcher.call("events.subscribe", ["kinds": ["created"]]).result == [:])
        }
        var logins = 0
        let report = try Bystander.watching(daemon, as: Self.tool) {
            let rootReport = try Bystander.watching(daemon) {
                let attacker = try start(attack, [uid, users, connections, seconds])
                while attacker.isRunning {
                    for client in try [daemon.client(as: Self.tool), daemon.client()] { try use(client) }
                    logins += 2
                    // Who does not read is cut off, and a fast machine has many logins in two seconds.
                    try expectLogins(2, watchers)
                }
                #expect(try attacker.wait() == .status(0), "\(attacker.written)")
            }
            #expect(rootReport.failure == nil && rootReport.validations > 0, "\(rootReport)")
        }
        #expect(report.failure == nil && report.validations > 0 && logins > 0, "\(report)")
        for token in kept { #expect(try daemon.accepts(token)) }
        // The two bystanders have logged in as well.
        try expectLogins(2, watchers)
    }

    private func expectLogins(_ count: Int, _ watchers: [TestClient]) throws {
        for watcher in watchers {
            for _ in 0..<count { #expect(try watcher.receive()?["params"]?["kind"] == "created") }
        }
    }

    /// Logs in, validates, logs out.
    private func use(_ client: TestClient) throws {
        let token = try daemon.login(client)
        #expect(try client.call("session.validate", ["token": .text(token)])["valid"] == true)
        #expect(try client.call("session.revoke", ["token": .text(token)])["revoked"] == 1)
    }

    private func start(_ attack: Attack, _ numbers: [Int]) throws -> TestProcess {
        let words = [Built.attacker, attack.rawValue, daemon.socket] + numbers.map(String.init)
        return try TestProcess(words, output: outputs.path("output"))
    }

    /// What daemon, broker and zygote hold once all are gone but the admin.
    ///
    /// Sockets of clients that have gone are closed a little later than they stop to count as connections. So this
    /// waits until nobody holds more descriptors than in `before`, and throws where somebody keeps them.
    func holdings(asFewAs before: [Holding]? = nil) throws -> [Holding] {
        try eventually("they are gone", within: .seconds(60)) {
            try admin.call("server.stats")["connections"] == 1
        }
        try daemon.waitUntilIdle()
        if let before {
            try eventually("no descriptor is left behind: \(before) \(current)") {
                zip(before, current).allSatisfy { $1.descriptors <= $0.descriptors }
            }
        }
        return current
    }

    private var current: [Holding] {
        [daemon.process.pid, daemon.broker, daemon.zygote].map(Holding.init)
    }
}
