import CLinux
import Testing
import UsherTestKit

/// Strangers who begin logins at a tool and leave the first question unanswered, which costs them nothing.
@Suite("Logins that nobody answers")
struct UnansweredLoginTests {
    @Test("keep nobody out: neither from eight networks, nor under the person's own name", arguments: [true, false])
    func attack(_ fromNetworks: Bool) throws {
        let clients = """
            [[client]]
            user = \(geteuid())
            roles = ["login", "validate", "admin"]
            relays_source = \(fromNetworks)
            """
        let daemon = try DevDaemon([.chaos("ask", "prompts=1")], limits: "logins = 24", clients: clients)
        let client = try daemon.client()
        func login(_ address: String) throws -> Answer {
            let parameters: JSONValue = [
                "user": .text(daemon.user), "password": .text(daemon.password), "service": "default",
                "context": ["remote_ip": .text(address)],
            ]
            return try client.call("auth.start", parameters)
        }
        #expect(try login("192.0.2.7")["state"] == "complete")
        let attacker = try daemon.client()
        for index in 0..<80 {
            let parameters: JSONValue = [
                "user": .text(fromNetworks ? "x\(index)" : daemon.user), "service": "ask",
                "context": ["remote_ip": .text("2001:db8:0:\(index % 8)::1")],
            ]
            #expect(try attacker.call("auth.start", parameters)["state"] == "challenge")
        }
        for address in ["192.0.2.7", "198.51.100.9"] { #expect(try login(address)["state"] == "complete") }
        let stats = try client.call("server.stats")
        #expect(stats["logins_open"]?.integer ?? 0 > 7 && stats["limiter_failures"] == 0)
    }
}
