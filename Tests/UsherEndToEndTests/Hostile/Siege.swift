import CLinux
import Testing
import UsherHostileKit
import UsherTestKit

/// A daemon that others attack, and those who use it meanwhile.
struct Siege {
    let daemon: DevDaemon
    private let outputs: TestDirectory
    private let admin: TestClient

    /// Root has every role; Debian's account `daemon` (uid 1) is a peer.
    private static let clients = """
        [[client]]
        user = "root"
        roles = ["login", "validate", "issue", "watch", "admin"]
        services = ["default"]
        [[client]]
        user = "daemon"
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

    /// Attacks for `seconds`, while one validates all the time and others log in, watch, and look at what was there
    /// before. None of them may be refused anything, or lose anything.
    func attack(_ attack: Attack, uid: Int, users: Int, connections: Int = 256, seconds: Int = 2) throws {
        let kept = try daemon.login(admin)
        let watcher = try daemon.client()
        #expect(try watcher.call("events.subscribe", ["kinds": ["created"]]).result == [:])
        var logins = 0
        let report = try Bystander.watching(daemon) {
            let attacker = try start(attack, [uid, users, connections, seconds])
            while attacker.isRunning {
                let client = try daemon.client()
                let token = try daemon.login(client)
                #expect(try client.call("session.validate", ["token": .text(token)])["valid"] == true)
                #expect(try client.call("session.revoke", ["token": .text(token)])["revoked"] == 1)
                logins += 1
            }
            #expect(try attacker.wait() == .status(0), "\(attacker.written)")
        }
        #expect(report.failure == nil && report.validations > 0 && logins > 0, "\(report)")
        #expect(try daemon.accepts(kept))
        for _ in 0...logins {
            #expect(try watcher.receive()?["params"]?["kind"] == "created")
        }
    }

    private func start(_ attack: Attack, _ numbers: [Int]) throws -> TestProcess {
        let words = [Built.attacker, attack.rawValue, daemon.socket] + numbers.map(String.init)
        return try TestProcess(words, output: outputs.path("output"))
    }

    /// What daemon, broker and template hold once all are gone but the admin.
    ///
    /// Sockets of clients that have gone are closed a little later than they stop to count as connections. So this waits
    /// until nobody holds more descriptors than in `before`, and throws where somebody keeps them.
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
        [daemon.process.pid, daemon.broker, daemon.template].map(Holding.init)
    }
}
