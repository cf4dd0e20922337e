import CLinux
import UsherTestKit

/// The users of a soak, who all have the password of the generated one, and a probe that logs in.
struct SoakPeople {
    /// Users that log in, in groups of which a thread has one.
    let groups: [[String]]
    private let daemon: DevDaemon
    private static let probe = "soak-probe"

    /// Adds them to the accounts of `daemon`.
    init(_ daemon: DevDaemon) throws {
        self.daemon = daemon
        groups = (0..<2).map { group in (0..<8).map { "soak-\(group)-\($0)" } }
        let path = "\(daemon.directory)/users"
        let line = File.text(path)
        let hash = line.split(separator: "\n").first?.split(separator: ":").dropFirst().first ?? ""
        let lines = (groups.flatMap(\.self) + [Self.probe]).map { "\($0):\(hash)\n" }
        try File.write(line + lines.joined(), to: path)
    }

    /// The password of all.
    var password: String { daemon.password }

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

    /// What usherd, broker and template hold once nothing is under way.
    func holdings() throws -> [Holding] {
        try waitUntilLoggedIn()
        try daemon.waitUntilIdle()
        let client = try daemon.client()
        try eventually("all clients are gone") { try client.call("server.stats")["connections"] == 1 }
        return [daemon.process.pid, daemon.broker, daemon.template].map(Holding.init)
    }
}
