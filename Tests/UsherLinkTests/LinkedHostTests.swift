import CLinux
import Testing
import UsherCluster
import UsherTestKit

@Suite("Hosts that share a store through their links", .serialized, .enabled(if: Machine.hasProgram("redis-server")))
struct LinkedHostTests {
    /// Two hosts, each with a link of its own, whose user in the store has the rights of the contract and no others.
    private final class Pair {
        let harness: LinkHarness
        let links: [TestProcess]
        let hosts: [LinkedHost]

        init() throws {
            let harness = try LinkHarness()
            let secret = harness.directory.path("secret")
            try File.write("word\n", to: secret)
            try Self.addUser(harness.store)
            let arguments = ["--store", harness.store.path, "--user", "usher-link", "--password-file", secret]
            links = try [1, 2].map {
                try LinkHarness.start(harness.directory, arguments, name: "link-\($0).sock")
            }
            hosts = [1, 2].map { LinkedHost(harness, number: $0, lease: 2_000) }
            self.harness = harness
        }

        /// As protocol/CLUSTER.md says; the second right is what lets the link load the library.
        static func addUser(_ store: TestStore) throws {
            let text = File.text("\(Built.package)/protocol/CLUSTER.md")
            let words = text.split(whereSeparator: \.isWhitespace).map(String.init).drop { $0 != "SETUSER" }
            let rights = words.map { $0 == ">PASSWORD" ? ">word" : $0.replacing("{NAME}", with: "{test}") }
            let answer = try store.ask(["ACL"] + rights + ["+function|load"])
            guard answer.contains("OK") else { throw TestFailure("ACL: \(answer)") }
        }

        func run(_ what: String, _ condition: () throws -> Bool) throws {
            try eventually(what, within: .seconds(60)) {
                for host in hosts { try host.turn() }
                return try condition()
            }
        }

        /// What a host is answered.
        func ask(_ host: Int, _ event: (RequestID, ShareOwner) -> ClusterEvent) throws -> ClusterAnswer? {
            let request = try hosts[host].ask(event)
            try run("host \(host) is answered") { hosts[host].answers[request] != nil }
            return hosts[host].answers[request]
        }

        func join() throws { try run("both have a lease") { hosts.allSatisfy(\.hasLease) } }
    }

    private static func digest(_ number: UInt64) -> SharedDigest { SharedDigest(high: number, low: number) }

    private static func put(_ number: UInt64, _ host: LinkedHost) -> (RequestID, ShareOwner) -> ClusterEvent {
        let record = SharedRecord(
            key: 1, seen: UInt32(usher_realtime() / 1_000_000_000), idle: 3_600, absolute: 4_102_444_800, version: 1,
            stamp: .zero, bucket: 0x8000_0001, realm: 1, tag: SessionTag(number), nonce: number,
            sealed: [UInt8](repeating: 1, count: 200))
        let began = host.host.position
        return { request, owner in
            .putAsked(
                request, owner,
                PutOrder(
                    digest: digest(number), record: record, limit: 0, evicts: false, began: began, note: []))
        }
    }

    private static func end(_ number: UInt64) -> (RequestID, ShareOwner) -> ClusterEvent {
        let target = EndTarget.session(
            digest: digest(number), tag: SessionTag(number), bucket: 0x8000_0001, absolute: 4_102_444_800, reason: 1,
            note: [])
        return { .endAsked($0, $1, target) }
    }

    private static func fetch(_ number: UInt64) -> (RequestID, ShareOwner) -> ClusterEvent {
        { .fetchAsked($0, $1, digest(number)) }
    }

    @Test("what one has made the other finds, and what the other has ended is ended everywhere when it is answered")
    func share() throws {
        let pair = try Pair()
        try pair.join()
        #expect(try pair.ask(0, Self.put(5, pair.hosts[0])) == .done)
        #expect(try pair.ask(1, Self.fetch(5)) == .adopted)
        #expect(pair.hosts[1].ledger[Self.digest(5)]?.sealed.count == 200)
        #expect(pair.hosts.allSatisfy { $0.accepts(Self.digest(5)) })
        #expect(try pair.ask(1, Self.end(5)) == .done)
        #expect(!pair.hosts.contains { $0.accepts(Self.digest(5)) })
        #expect(try pair.ask(0, Self.fetch(5)) == .ended)
        #expect(try pair.ask(0, Self.fetch(6)) == .absent)
    }

    @Test("a store that was killed and is empty gets back what is alive, and nothing that ended returns")
    func restart() throws {
        let pair = try Pair()
        try pair.join()
        #expect(try pair.ask(0, Self.put(5, pair.hosts[0])) == .done)
        #expect(try pair.ask(0, Self.put(6, pair.hosts[0])) == .done)
        #expect(try pair.ask(1, Self.end(6)) == .done)
        let epoch = pair.hosts[0].host.epoch
        try pair.harness.store.restart()
        try Pair.addUser(pair.harness.store)
        try pair.run("both are in a new epoch") {
            pair.hosts.allSatisfy { $0.hasLease && $0.host.epoch != epoch }
        }
        #expect(pair.hosts[0].accepts(Self.digest(5)))
        try pair.run("the session is back") { try pair.ask(1, Self.fetch(5)) == .adopted }
        #expect(try pair.ask(1, Self.fetch(6)) == .ended)
        #expect(!pair.links.contains { !$0.isRunning })
    }

    @Test("a link that was killed costs nothing but the time to start it anew")
    func link() throws {
        let pair = try Pair()
        try pair.join()
        #expect(try pair.ask(0, Self.put(5, pair.hosts[0])) == .done)
        pair.links[0].kill()
        File.remove(pair.harness.directory.path("link-1.sock"))
        #expect(pair.hosts[0].accepts(Self.digest(5)))
        let secret = pair.harness.directory.path("secret")
        let again = try LinkHarness.start(
            pair.harness.directory,
            ["--store", pair.harness.store.path, "--user", "usher-link", "--password-file", secret],
            name: "link-1.sock")
        #expect(try pair.ask(1, Self.end(5)) == .done)
        #expect(!pair.hosts[0].accepts(Self.digest(5)))
        try pair.join()
        #expect(again.isRunning)
    }
}
