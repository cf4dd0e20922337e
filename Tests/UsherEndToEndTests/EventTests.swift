import CLinux
import Testing
import UsherTestKit

/// `events.subscribe` from a running daemon.
@Suite("Events")
struct EventTests {
    /// The kinds of the events that come next.
    private func kinds(_ count: Int, _ client: TestClient) throws -> [String] {
        try (0..<count).map { _ in try client.receive()?["params"]?["kind"]?.text ?? "" }
    }

    @Test("tell a watcher what becomes of sessions and who was refused")
    func told() throws {
        let daemon = try DevDaemon()
        let (watcher, client) = (try daemon.client(), try daemon.client())
        #expect(try watcher.call("events.subscribe").result == [:])
        let token = try daemon.login(client)
        try client.call("auth.start", ["user": .text(daemon.user), "password": "wrong"])
        let rotated = try #require(try client.call("session.rotate", ["token": .text(token)])["token"])
        try client.call("session.revoke", ["token": rotated])
        #expect(try kinds(4, watcher) == ["created", "refused", "rotated", "revoked"])
        #expect(try watcher.call("server.ping").result == [:])
    }

    @Test("cut off a watcher for whom too many wait, and hinder nobody")
    func gap() throws {
        let daemon = try DevDaemon(limits: "sessions_per_user = 5000")
        let (watcher, client) = (try daemon.client(), try daemon.client())
        let requests = (0..<1000).flatMap { id in
            TestClient.frame(
                #"{"jsonrpc":"2.0","id":\#(id),"method":"session.create","params":{"user":"ann","methods":["pwd"]}}"#)
        }
        try client.send(requests)
        for _ in 0..<1000 { #expect(try client.receive()?["result"] != nil) }
        try watcher.call("events.subscribe")
        #expect(try client.call("session.revoke_all", ["user": "ann"])["revoked"] == 1000)
        let all = try kinds(257, watcher)
        #expect(all == Array(repeating: "revoked", count: 256) + ["gap"])
        #expect(watcher.isClosed())
        #expect(try client.call("server.ping").result == [:])
    }
}
