import Testing
import UsherLinkWire
import UsherTestKit

@Suite(
    "usher-link and Sentinel", .serialized,
    .enabled(if: Machine.hasProgram("redis-server")))
struct SentinelTests {
    private static func server(_ directory: TestDirectory, _ port: Int, _ more: [String] = []) throws -> TestProcess {
        try TestProcess(
            [
                "redis-server", "--port", "\(port)", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
                "--dir", directory.path, "--repl-diskless-sync-delay", "0",
            ] + more, output: directory.path("server-\(port).log"))
    }

    private static func ask(_ directory: TestDirectory, _ port: Int, _ words: String...) throws -> String {
        try TestProcess.run(["redis-cli", "-p", "\(port)"] + words, in: directory).text
    }

    @Test("the primary is found through any Sentinel, a replica is refused, and a fail-over is followed")
    func failOver() throws {
        let directory = try TestDirectory()
        let ports = try (0..<4).map { _ in try ReservedPort() }
        defer { withExtendedLifetime(ports) {} }
        let (one, two, watch, nobody) = (ports[0].number, ports[1].number, ports[2].number, ports[3].number)
        let servers = [
            try Self.server(directory, one), try Self.server(directory, two, ["--replicaof", "127.0.0.1 \(one)"]),
        ]
        try File.write(
            """
            bind 127.0.0.1
            port \(watch)
            sentinel monitor store 127.0.0.1 \(one) 1
            sentinel failover-timeout store 5000

            """,
            to: directory.path("sentinel.conf"))
        let sentinel = try TestProcess(
            ["redis-server", directory.path("sentinel.conf"), "--sentinel"], output: directory.path("sentinel.log"))
        try eventually("the replica follows", within: .seconds(60)) {
            try Self.ask(directory, two, "INFO", "replication").contains("master_link_status:up")
        }
        try eventually("Sentinel knows the replica", within: .seconds(60)) {
            try Self.ask(directory, watch, "SENTINEL", "replicas", "store").contains("\(two)")
        }
        let link = try LinkHarness.start(
            directory,
            [
                "--sentinel", "127.0.0.1:\(nobody)", "--sentinel", "127.0.0.1:\(watch)", "--primary", "store",
            ])
        let end = try Self.up(directory)
        try end.say(.call(1, .probe, isConfirmed: true, milliseconds: 2_000, []))
        #expect(try end.next() == .reply(1, .number(1)))
        try end.say(.follow(2, ordinal: 0, number: 0, member: LinkHarness.member))
        #expect(try end.next() == .entries(2, isEnd: true, []))
        try Self.failOver(directory, watch)
        guard case .down = try end.next(within: .seconds(60)) else { throw TestFailure("not down") }
        let again = try Self.up(directory)
        try again.say(.call(1, .probe, isConfirmed: false, milliseconds: 0, []))
        #expect(try again.next() == .reply(1, .number(2)))
        #expect(try Self.ask(directory, two, "ROLE").contains("master"))
        #expect(!([link, sentinel] + servers).contains { !$0.isRunning })
    }

    @Test("a Sentinel that wants a password is asked with it, and says so without it")
    func password() throws {
        let directory = try TestDirectory()
        let ports = try (0..<2).map { _ in try ReservedPort() }
        defer { withExtendedLifetime(ports) {} }
        let (one, watch) = (ports[0].number, ports[1].number)
        let server = try Self.server(directory, one)
        try File.write(
            """
            bind 127.0.0.1
            port \(watch)
            requirepass secret
            sentinel monitor store 127.0.0.1 \(one) 1

            """,
            to: directory.path("sentinel.conf"))
        let sentinel = try TestProcess(
            ["redis-server", directory.path("sentinel.conf"), "--sentinel"], output: directory.path("sentinel.log"))
        try File.write("secret\n", to: directory.path("password"))
        let options = ["--sentinel", "127.0.0.1:\(watch)", "--primary", "store"]
        let mute = try LinkHarness.start(directory, options, name: "mute.sock")
        let refused = try Self.greeted(directory.path("mute.sock"), copies: 1)
        try eventually("NOAUTH", within: .seconds(60)) {
            guard case .away(let why)? = try refused.nextOfAll() else { return false }
            return String(decoding: why, as: UTF8.self).contains("NOAUTH")
        }
        let link = try LinkHarness.start(
            directory, options + ["--sentinel-password-file", directory.path("password")])
        _ = try Self.up(directory)
        #expect(!File.text(directory.path("link.log")).contains("secret"))
        #expect(![mute, link, sentinel, server].contains { !$0.isRunning })
    }

    @Test("a store behind Sentinels is not used without replicas that confirm, and the reason is said")
    func copies() throws {
        let directory = try TestDirectory()
        let link = try LinkHarness.start(directory, ["--sentinel", "127.0.0.1:1", "--primary", "store"])
        let end = try Self.greeted(directory.path("link.sock"), copies: 0)
        guard case .away(let why)? = try end.nextOfAll() else { throw TestFailure("not away") }
        #expect(String(decoding: why, as: UTF8.self).contains("copies = 1"))
        let options = ["--sentinel", "127.0.0.1:1", "--primary", "store", "--fenced"]
        let fenced = try LinkHarness.start(directory, options, name: "fenced.sock")
        let other = try Self.greeted(directory.path("fenced.sock"), copies: 0)
        guard case .away(let cause)? = try other.nextOfAll() else { throw TestFailure("not away") }
        #expect(String(decoding: cause, as: UTF8.self).contains("Sentinel 127.0.0.1:1"))
        #expect(fenced.isRunning)
        #expect(link.isRunning)
    }

    private static func greeted(_ path: String, copies: UInt16) throws -> UsherdEnd {
        let end = try UsherdEnd(path)
        guard try end.next() == .greet(version: LinkLimits.version) else { throw TestFailure("no greeting") }
        try end.say(.configure(version: LinkLimits.version, copies: copies, prefix: LinkHarness.prefix))
        return end
    }

    /// Asks the Sentinel to fail over until it does: it refuses as long as no replica has answered its INFO
    /// (NOGOODSLAVE), or while an earlier one goes on (INPROG).
    private static func failOver(_ directory: TestDirectory, _ watch: Int) throws {
        try eventually("Sentinel fails over", within: .seconds(60)) {
            let answer = try ask(directory, watch, "SENTINEL", "failover", "store")
            guard !answer.contains("OK") else { return true }
            guard answer.contains("NOGOODSLAVE") || answer.contains("INPROG") else { throw TestFailure(answer) }
            return false
        }
    }

    private static func up(_ directory: TestDirectory) throws -> UsherdEnd {
        let end = try greeted(directory.path("link.sock"), copies: 1)
        guard try end.next(within: .seconds(60)) == .up else { throw TestFailure("not up") }
        return end
    }
}
