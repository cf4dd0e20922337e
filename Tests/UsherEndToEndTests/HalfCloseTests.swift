import Testing
import UsherTestKit

/// Clients that send a request and end their half of the connection, as socat and nc -N do.
@Suite("A client that sends no more")
struct HalfCloseTests {
    @Test("gets the answer to its login")
    func answered() throws {
        let daemon = try DevDaemon()
        let client = try daemon.client()
        let id = try client.start("auth.start", daemon.credentials(for: "default"))
        client.finish()
        #expect(try client.answer(to: id)["state"] == "complete")
        #expect(client.isClosed())
        #expect(try daemon.client().call("server.stats")["logins_succeeded"] == 1)
    }

    @Test("and is gone then has cancelled its login")
    func gone() throws {
        let daemon = try DevDaemon([.chaos("hang", "hang")])
        do {
            let client = try daemon.client()
            _ = try client.start("auth.start", ["user": "x", "service": "hang"])
            client.finish()
            try eventually("the login is there") {
                try daemon.client().call("server.stats")["logins_open"] == 1
            }
        }
        try eventually("the login is not there any more") {
            try daemon.client().call("server.stats")["logins_open"] == 0
        }
    }
}
