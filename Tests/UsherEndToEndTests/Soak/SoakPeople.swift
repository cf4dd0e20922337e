import CLinux
import UsherTestKit

/// The users of a soak, who all have one password, and a probe that logs in.
struct SoakPeople {
    /// Users that log in, in groups of which a thread has one.
    let groups = SoakPeople.groups
    private let daemon: DevDaemon
    private static let probe = "soak-probe"
    private static let groups = (0..<2).map { group in (0..<8).map { "soak-\(group)-\($0)" } }
    private static let password = "a password of a soak"

    /// Options of `usherd --dev` that name them.
    static var options: [String] {
        (["dev", probe] + groups.flatMap(\.self)).flatMap { ["--user", "\($0):\(password)"] }
    }

    /// Those of `daemon`, which was started with ``options``.
    init(_ daemon: DevDaemon) { self.daemon = daemon }

    /// The password of all.
    var password: String { Self.password }

    /// Waits until somebody can log in, and out again.
    func waitUntilLoggedIn() throws {
        var last = ""
        try eventually("somebody can log in: \(last) \(daemon.log.suffix(2000))", within: .seconds(90)) {
            guard let client = try? daemon.client() else { return false }
            let params: JSONValue = ["user": .text(Self.probe), "password": .text(password)]
            guard let answer = try? client.call("auth.start", params) else { return false }
            last = "\(answer)"
            guard let token = answer["token"] else { return false }
            return try client.call("session.revoke", ["token": token])["revoked"] == 1
        }
    }

    /// What usherd, broker and zygote hold once nothing is under way.
    func holdings() throws -> [Holding] {
        try waitUntilLoggedIn()
        try daemon.waitUntilIdle()
        let client = try daemon.client()
        try eventually("all clients are gone") { try client.call("server.stats")["connections"] == 1 }
        return [daemon.process.pid, daemon.broker, daemon.zygote].map(Holding.init)
    }
}
