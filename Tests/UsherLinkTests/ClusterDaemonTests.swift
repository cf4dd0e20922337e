import CLinux
import Testing
import UsherTestKit

@Suite("Two daemons that share a store", .serialized, .enabled(if: Machine.hasProgram("redis-server")))
struct ClusterDaemonTests {
    @Test("a session of one host is valid on the other, and ends on both when its end is answered")
    func share() throws {
        let pair = try ClusterPair()
        let (token, handle) = try pair.a.create("ann")
        #expect(try pair.b.isValid(token))
        #expect(try pair.a.isValid(token))
        let seen = try pair.b.ask("session.validate", ["token": .text(token)])["session"]
        #expect(seen?["user"] == "ann" && seen?["handle"]?.text == handle && seen?["service"] == "default")
        #expect(try pair.b.ask("session.revoke", ["token": .text(token)])["revoked"] == 1)
        #expect(try !pair.a.isValid(token))
        #expect(try !pair.b.isValid(token))
        #expect(try pair.a.accepts(String(repeating: "A", count: 43)) == false)
    }

    @Test("an administrator ends by its handle a session that this host has never seen")
    func handle() throws {
        let pair = try ClusterPair()
        let (token, handle) = try pair.a.create("ann")
        #expect(try pair.b.ask("session.revoke", ["handle": .text(handle)])["revoked"] == 1)
        #expect(try !pair.a.isValid(token))
        #expect(try !pair.b.isValid(token))
    }

    @Test("a realm that is not shared stays a host's own")
    func own() throws {
        let pair = try ClusterPair()
        let (token, _) = try pair.a.create("ann", service: "own")
        #expect(try pair.a.isValid(token))
        #expect(try !pair.b.isValid(token))
    }

    @Test("all sessions of a user end on all hosts, but for the one that is spared")
    func revokeAll() throws {
        let pair = try ClusterPair()
        let tokens = try (0..<4).map { _ in try pair.a.create("ann") }
        let other = try pair.a.create("bob")
        for session in tokens + [other] { #expect(try pair.b.isValid(session.token)) }
        let answer = try pair.b.ask(
            "session.revoke_all", ["user": "ann", "except": .text(tokens[0].handle)])
        #expect(answer["revoked"] == 3)
        for host in pair.hosts {
            #expect(try host.isValid(tokens[0].token) && host.isValid(other.token))
            for session in tokens.dropFirst() { #expect(try !host.isValid(session.token)) }
        }
        #expect(try pair.a.ask("session.revoke_all", ["all": true, "realm": "default"])["revoked"] == 2)
        for host in pair.hosts {
            #expect(try !host.isValid(tokens[0].token) && !host.isValid(other.token))
        }
    }

    @Test("a rotated token is the only one, on both hosts, when the rotation is answered")
    func rotate() throws {
        let pair = try ClusterPair()
        let (token, handle) = try pair.a.create("ann")
        #expect(try pair.b.isValid(token))
        let answer = try pair.b.ask("session.rotate", ["token": .text(token)])
        let fresh = try #require(answer["token"]?.text)
        #expect(answer["session"]?["handle"]?.text == handle)
        for host in pair.hosts { #expect(try !host.isValid(token) && host.isValid(fresh)) }
    }

    @Test("an update is what both hosts show when it is answered, and two at a time lose nothing")
    func update() throws {
        let pair = try ClusterPair()
        let (token, _) = try pair.a.create("ann")
        func change(_ host: ClusterPair.Host, _ data: JSONValue, version: Int64? = nil) throws -> Answer {
            var params: [String: JSONValue] = ["token": .text(token), "data": data]
            if let version { params["if_version"] = .integer(version) }
            return try host.ask("session.update", .object(params))
        }
        #expect(try change(pair.a, ["theme": "dark"])["version"] == 2)
        #expect(try pair.b.ask("session.validate", ["token": .text(token)])["session"]?["data"]?["theme"] == "dark")
        #expect(try change(pair.b, ["size": "big"])["version"] == 3)
        #expect(try change(pair.a, ["lang": "de"])["version"] == 4)
        #expect(try change(pair.a, ["lang": "fr"], version: 2).reason == "conflict")
        for host in pair.hosts {
            let data = try host.ask("session.validate", ["token": .text(token)])["session"]?["data"]
            #expect(data == ["theme": "dark", "size": "big", "lang": "de"])
        }
    }

    @Test("a login makes a session for both hosts, and proving it anew gives it a token for both")
    func login() throws {
        let pair = try ClusterPair()
        let credentials = pair.a.credentials
        let answer = try pair.a.ask(
            "auth.start",
            [
                "user": credentials["user"] ?? .null, "password": credentials["password"] ?? .null,
                "service": "default",
            ])
        let token = try #require(answer["token"]?.text, "\(answer)")
        #expect(try pair.b.isValid(token))
        let again = try pair.a.ask(
            "auth.start", ["token": .text(token), "password": credentials["password"] ?? .null])
        let fresh = try #require(again["token"]?.text, "\(again)")
        for host in pair.hosts { #expect(try !host.isValid(token) && host.isValid(fresh)) }
    }

    @Test("a host without its store says that it cannot say, and goes on by itself once the store is back")
    func storeAway() throws {
        let pair = try ClusterPair()
        let (token, _) = try pair.a.create("ann")
        let (own, _) = try pair.a.create("ann", service: "own")
        pair.store.process.signal(SIGSTOP)
        try eventually("the lease ends", within: .seconds(30)) { try pair.a.accepts(token) == nil }
        let answer = try pair.a.ask("session.validate", ["token": .text(token)])
        #expect(answer.reason == "unavailable" && answer.retryAfter == 1_000)
        #expect(try pair.a.isValid(own))
        #expect(try pair.a.ask("session.create", ["user": "bob", "methods": ["pwd"]]).reason == "unavailable")
        pair.store.process.signal(SIGCONT)
        try pair.waitForLeases()
        #expect(try pair.a.isValid(token) && pair.b.isValid(token))
    }

    @Test("a host that was killed comes back and finds its sessions, and nothing that ended meanwhile")
    func restart() throws {
        let pair = try ClusterPair()
        let (token, _) = try pair.a.create("ann")
        let (ended, _) = try pair.a.create("bob")
        pair.a.kill()
        #expect(try pair.b.isValid(token))
        // The lost host has acknowledged nothing, and its lease may not be over yet.
        let end = try pair.b.ask("session.revoke", ["token": .text(ended)])
        #expect(end["revoked"] == 1 || end.message["error"]?["data"]?["pending"] == true, "\(end)")
        #expect(try !pair.b.isValid(ended))
        try pair.a.restart()
        try pair.waitForLeases()
        #expect(try pair.a.isValid(token))
        #expect(try !pair.a.isValid(ended))
    }

    @Test("an administrator sees both hosts, and forgets the one that is gone for good when nothing of it is heard")
    func forget() throws {
        let pair = try ClusterPair()
        let status = try pair.a.ask("cluster.status", [:])
        guard case .array(let members) = status["members"], members.count == 2 else { throw TestFailure("\(status)") }
        #expect(status["state"] == "member" && status["store"] == true && status["whole"] == true)
        #expect(members.map { $0["host"] } == ["a", "b"])
        let gone = try #require(members[1]["member"])
        #expect(try pair.a.ask("cluster.forget", ["member": gone]).reason == "conflict")
        pair.b.kill()
        try eventually("b is expelled, or forgotten", within: .seconds(60)) {
            try pair.a.ask("cluster.forget", ["member": gone]).message["result"] != nil
        }
        let after = try pair.a.ask("cluster.status", [:])
        guard case .array(let left) = after["members"] else { throw TestFailure("\(after)") }
        #expect(left.map { $0["host"] } == ["a"])
    }

    @Test(
        "usherctl checks a host that takes part, and the store with the options of its link",
        .enabled(if: geteuid() == 0))
    func check() throws {
        let pair = try ClusterPair()
        let (key, options) = (pair.directory.path("key"), pair.directory.path("options"))
        chmod(key, 0o600)
        let library = "\(Built.package)/protocol/cluster/usher.lua"
        try File.write("OPTIONS=\"--store \(pair.store.path) --library \(library)\"\n", to: options)
        let words = [
            Built.directory + "/usherctl", "cluster", "check", "--directory", pair.a.directory, "--key-file", key,
            "--options", options, "--password-file", "/nonexistent",
        ]
        let fine = try TestProcess.run(words, in: pair.directory)
        #expect(fine.end == .status(0), "\(fine.text)")
        #expect(fine.text.contains("ok      usherd: a member of the cluster test, with one other host\n"))
        #expect(fine.text.contains("ok      store: fit, as usher-link sees it\n"))
        try pair.store.ask(["CONFIG", "SET", "maxmemory-policy", "allkeys-lru"])
        let evicting = try TestProcess.run(words, in: pair.directory)
        #expect(evicting.end == .status(1) && evicting.text.contains("not ok  store: "), "\(evicting.text)")
        #expect(evicting.text.contains("maxmemory-policy is allkeys-lru"))
    }

    @Test("the status says why usher-link does not reach the store")
    func away() throws {
        let pair = try ClusterPair()
        // First the right: either link would load the library again at once.
        try pair.store.ask(["ACL", "SETUSER", "default", "-function|load"])
        try pair.store.ask(["FUNCTION", "FLUSH"])
        try eventually("a says that the library is missing", within: .seconds(60)) {
            try pair.a.ask("cluster.status", [:])["fault"]?.text?.contains("function library") ?? false
        }
        #expect(try pair.a.ask("cluster.status", [:])["store"] == false)
        #expect(try pair.a.ask("cluster.status", [:])["link"] == true)
    }

    @Test("server.hello names the cluster, and a key that others may read ends the start")
    func hello() throws {
        let pair = try ClusterPair()
        let hello = try pair.a.ask("server.hello", [:])["cluster"]
        #expect(hello == ["name": "test", "host": "a", "lease_ms": 2000])
        pair.a.kill()
        chmod(pair.directory.path("key"), 0o644)
        try pair.a.restart()
        #expect(try pair.a.process.wait() == .status(1))
        #expect(pair.a.log.contains("must be 0600"))
    }
}
