import CLinux
import Testing
import UsherHostileKit
import UsherTestKit

/// Users without a role that ask without end.
@Suite("Floods", .enabled(if: Machine.isRoot, "needs another user"))
struct FloodTests {
    @Test(
        "by users without a role refuse nothing to a peer, lose nothing, and leave nobody out",
        arguments: [Attack.pings, .empty, .forbidden])
    func outsiders(_ attack: Attack) throws {
        // One user without a role has an eighth of these.
        let daemon = try DevDaemon(limits: "connections_without_role = 1600")
        // The directory is its owner's alone, and so is the socket.
        chmod(daemon.directory, 0o711)
        chmod(daemon.socket, 0o666)
        let directory = try TestDirectory()
        let admin = try daemon.client()
        var (logins, told) = (0, "")
        let report = try Bystander.watching(daemon) {
            let flood = try TestProcess(
                [Built.attacker, attack.rawValue, daemon.socket, "65000", "1", "200", "4"],
                output: directory.path("flood"))
            while flood.isRunning {
                let client = try daemon.client()
                let token = try daemon.login(client)
                #expect(try client.call("session.validate", ["token": .text(token)])["valid"] == true)
                logins += 1
            }
            told = flood.written
        }
        #expect(report.failure == nil && report.validations > 0 && logins > 0)
        // All are open and were answered, and none was closed.
        #expect(told == "200 200 0\n")
        #expect(try admin.call("server.stats")["connections_refused"] == 0)
        try eventually("they are gone") { (try admin.call("server.stats")["connections"]?.integer ?? 0) < 10 }
    }
}
