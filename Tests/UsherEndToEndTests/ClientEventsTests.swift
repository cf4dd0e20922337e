import CLinux
import Testing
import UsherClient
import UsherTestKit

@Suite("Events of a running daemon, as a client sees them")
struct ClientEventsTests {
    private func client(of daemon: DevDaemon) -> UsherClient { UsherClient(.development(directory: daemon.directory)) }

    /// Takes events until one is the session's that is made for it: from then on the subscription is known to hold.
    private func begin(_ events: inout SessionEvents.Iterator, _ client: UsherClient) async throws {
        let making = Task {
            while !Task.isCancelled {
                _ = try? await client.create(user: "beginner", methods: ["pwd"])
                try? await Task.sleep(for: .milliseconds(20))
            }
        }
        defer { making.cancel() }
        while try await events.next()?.user != "beginner" {}
    }

    @Test("tell what happens to sessions, and whose")
    func order() async throws {
        let daemon = try DevDaemon()
        let client = client(of: daemon)
        var events = client.events().makeAsyncIterator()
        try await begin(&events, client)
        let login = try await client.login(user: daemon.user, password: Secret(daemon.password))
        let rotated = try await client.rotate(login.token)
        try await client.update(rotated.token, changes: ["a": "b"])
        try await client.revoke(rotated.token)
        var seen: [SessionEvent] = []
        while seen.count < 4, let event = try await events.next() {
            if event.user == daemon.user { seen.append(event) }
        }
        #expect(seen.map(\.kind) == [.created, .rotated, .updated, .revoked])
        #expect(seen.map(\.reason) == ["login", "request", "request", "request"])
        #expect(seen.allSatisfy { $0.handle == rotated.session.handle && $0.service == "default" })
    }

    @Test("go on after a restart, behind a gap")
    func restart() async throws {
        let daemon = try DevDaemon()
        let client = client(of: daemon)
        var events = client.events(kinds: [.created]).makeAsyncIterator()
        try await begin(&events, client)
        daemon.process.signal(SIGTERM)
        try daemon.process.wait()
        try daemon.restart()
        var kinds: [SessionEvent.Kind] = []
        while kinds.last != .gap, let event = try await events.next() { kinds.append(event.kind) }
        _ = try await client.create(user: "later", methods: ["pwd"])
        #expect(try await events.next()?.user == "later")
    }

    @Test("go on after being cut off, behind a gap, when more end at once than the daemon keeps for anybody")
    func cutOff() async throws {
        let daemon = try DevDaemon(limits: "sessions_per_user = 1000")
        let client = client(of: daemon)
        for _ in 0..<600 { _ = try await client.create(user: "many", methods: ["pwd"]) }
        var events = client.events(kinds: [.revoked, .created]).makeAsyncIterator()
        try await begin(&events, client)
        #expect(try await client.revokeAll(of: .user("many")) == 600)
        var kinds: [SessionEvent.Kind] = []
        while kinds.last != .gap, let event = try await events.next() { kinds.append(event.kind) }
        #expect(kinds.count { $0 == .revoked } < 600)
        _ = try await client.create(user: "later", methods: ["pwd"])
        while let event = try await events.next(), event.user != "later" {
            #expect(event.kind != .revoked, "a second gap may come, but no event out of order")
        }
    }

    @Test("are shown by usherctl watch")
    func watch() throws {
        let daemon = try DevDaemon()
        let directory = try TestDirectory()
        let arguments = [Built.directory + "/usherctl", "watch", "--json", "--directory", daemon.directory]
        let watch = try TestProcess(arguments, output: directory.path("events"))
        let client = try daemon.client()
        try eventually("an event is shown: \(watch.written)") {
            try client.call("session.revoke", ["token": .text(try daemon.login(client))])
            return watch.written.contains(#"{"kind":"revoked""#)
        }
        watch.signal(SIGINT)
        #expect(try watch.wait() == .status(0))
        #expect(watch.written.split(separator: "\n").allSatisfy { $0.hasPrefix("{\"kind\":") && $0.hasSuffix("}") })
    }
}
