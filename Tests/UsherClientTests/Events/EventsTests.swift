import CLinux
import Testing
import UsherWire

@testable import UsherClient

@Suite("Events")
struct EventsTests {
    private static func event(_ kind: String, user: String = "dev", at: Int = 1) -> String {
        #"{"jsonrpc":"2.0","method":"event","params":{"kind":"\#(kind)","handle":"\#(Sample.handle)","realm":"default","#
            + #""service":"default","user":"\#(user)","reason":"own","at":\#(at)}}"#
    }

    /// A client that does not wait for a server that is away.
    private func impatient(_ server: ScriptedServer) -> UsherClient {
        var configuration = ClientConfiguration(socketPath: server.path, trust: .ownUser)
        configuration.patience = .zero
        return UsherClient(configuration)
    }

    @Test("come as they were sent, on a connection of their own, without those of kinds that are not known")
    func order() async throws {
        let asked = Box("")
        let server = ScriptedServer { peer in
            while let request = peer.next() {
                asked.change { $0 = request.text }
                peer.answer(request, "{}")
                guard request.method == "events.subscribe" else { continue }
                for kind in ["created", "later", "revoked"] { peer.send(Self.event(kind)) }
            }
        }
        defer { server.stop() }
        let client = client(server)
        try await client.ping()
        var events = client.events(kinds: [.revoked, .created], user: "dev").makeAsyncIterator()
        let first = try #require(try await events.next())
        #expect(first.kind == .created && first.handle?.text == Sample.handle && first.user == "dev")
        #expect(first.at == UnixTime(seconds: 1) && first.reason == "own" && first.realm == "default")
        #expect(try await events.next()?.kind == .revoked)
        #expect(asked.current.contains(#""kinds":["created","revoked"],"user":"dev""#))
        #expect(server.connections == 2)
    }

    @Test("can be waited for by another task after the one that waited was cancelled")
    func secondTask() async {
        let buffer = EventBuffer()
        let first = Task { await buffer.wait() }
        first.cancel()
        await first.value
        let second = Task.immediate {
            await buffer.wait()
            return buffer.take() != nil
        }
        buffer.connectionLost(1)
        #expect(await second.value)
    }

    @Test("go on after a lost connection, with one gap, also where the daemon had said that it cuts off")
    func gap() async throws {
        let server = ScriptedServer { peer in
            guard let request = peer.next() else { return }
            peer.answer(request, "{}")
            peer.send(Self.event("created", user: "u\(peer.number)"))
            if peer.number == 2 { peer.send(#"{"jsonrpc":"2.0","method":"event","params":{"kind":"gap","at":1}}"#) }
            if peer.number == 3 { _ = peer.next() }
        }
        defer { server.stop() }
        var seen: [String] = []
        for try await event in client(server).events() {
            if event.kind != .gap || event.reason == "reconnected" { seen.append(event.user ?? event.kind.name) }
            if seen.count == 5 { break }
        }
        #expect(seen == ["u1", "gap", "u2", "gap", "u3"])
    }

    @Test("are waited for while the daemon is away, once they had begun")
    func outage() async throws {
        let server = ScriptedServer { peer in
            guard let request = peer.next() else { return }
            peer.answer(request, "{}")
            peer.send(Self.event("created"))
            if peer.number == 2 { _ = peer.next() }
        }
        defer { server.stop() }
        var events = impatient(server).events().makeAsyncIterator()
        #expect(try await events.next()?.kind == .created)
        server.stop()
        mkdir(server.directory, 0o700)
        let driver = events.feed.driver
        Thread.start {
            _ = driver.blocks { $0.core.breaker.isOpen }
            server.start()
        }
        #expect(try await events.next()?.kind == .gap)
        #expect(try await events.next()?.kind == .created)
    }

    @Test("fail where they cannot begin, and where the daemon says no")
    func refusals() async throws {
        let away = ScriptedServer(listening: false, echo())
        defer { away.stop() }
        var events = impatient(away).events().makeAsyncIterator()
        #expect(await #expect(throws: UsherError.self) { try await events.next() }?.code == .unreachable)
        let server = ScriptedServer { peer in
            while let request = peer.next() {
                if peer.number == 1 { return peer.answer(request, "{}") }
                peer.refuse(request, 1011)
            }
        }
        defer { server.stop() }
        var refused = impatient(server).events().makeAsyncIterator()
        #expect(await #expect(throws: UsherError.self) { try await refused.next() }?.code == .forbidden)
    }

    @Test("end when the task is cancelled, and their connection with them")
    func cancelling() async throws {
        let subscribed = Box(false)
        let closed = Box(false)
        let server = ScriptedServer { peer in
            while let request = peer.next() {
                peer.answer(request, "{}")
                subscribed.change { $0 = true }
            }
            closed.change { $0 = true }
        }
        defer { server.stop() }
        let events = client(server).events()
        let task = Task {
            var count = 0
            for try await _ in events { count += 1 }
            return count
        }
        #expect(await subscribed.waits { $0 })
        task.cancel()
        #expect(try await task.value == 0)
        #expect(await closed.waits { $0 })
    }

    @Test("are dropped beyond the buffer's bound, with one gap in their place")
    func bounded() throws {
        let buffer = EventBuffer()
        for at in 0..<3000 {
            let text = Array(#"{"kind":"created","at":\#(at)}"#.utf8)
            buffer.append(try UsherWire.Event(0..<text.count, in: text.span))
        }
        var kinds: [String] = []
        while case .event(let event) = buffer.take() { kinds.append(event.kind.name) }
        #expect(kinds == Array(repeating: "created", count: EventBuffer.capacity) + ["gap"])
        buffer.connectionLost(1)
        buffer.connectionLost(2)
        guard case .lost(connection: 2) = buffer.take(), buffer.take() == nil else {
            Issue.record("a lost connection is told once")
            return
        }
    }

    @Test("are printed by usherctl watch, for a person and for a program, until it is interrupted")
    func watch() throws {
        let server = ScriptedServer { peer in
            guard let request = peer.next() else { return }
            peer.answer(request, "{}")
            peer.send(Self.event("revoked", user: "d\\u001b[2Jev", at: 1_795_716_000))
            _ = peer.next()
        }
        defer { server.stop() }
        let json = Program(["watch", "--json", "--directory", server.directory])
        #expect(json.prints("\n"))
        json.signal(SIGINT)
        #expect(json.finish() == 0)
        #expect(
            json.printed
                == #"{"kind":"revoked","handle":"\#(Sample.handle)","realm":"default","service":"default","user":"d\u001b[2Jev","#
                + #""reason":"own","at":1795716000}"# + "\n")
        let table = Program(["watch", "--kind", "revoked", "--directory", server.directory])
        #expect(table.prints("\n"))
        table.signal(SIGINT)
        #expect(table.finish() == 0)
        #expect(table.printed.hasPrefix("2026-11-26T18:00:00Z  revoked       \(Sample.handle)  d?[2Jev"))
    }

    @Test("end usherctl watch quietly when nobody reads them any more")
    func watchUnread() {
        let server = ScriptedServer { peer in
            guard let request = peer.next() else { return }
            peer.answer(request, "{}")
            for _ in 0..<100_000 { peer.send(Self.event("created")) }
        }
        defer { server.stop() }
        let command = "{ \(Program.usherctl) watch --directory \(server.directory); echo status $? >&2; } | head -n 1"
        let program = Program(["-c", command], path: "/bin/sh", environment: ["PATH=/usr/bin:/bin"])
        #expect(program.finish() == 0)
        #expect(program.printed.contains("status 0"))
    }

    @Test("of a kind that there is not are wrong usage; no daemon is status 3")
    func watchUsage() {
        #expect(Program(["watch", "--kind", "nonsense"]).finish() == 2)
        #expect(Program(["watch", "--directory", "/nonexistent"]).finish() == 3)
    }
}
