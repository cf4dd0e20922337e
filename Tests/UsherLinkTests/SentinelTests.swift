import CLinux
import Testing
import UsherLinkWire
import UsherTestKit

@Suite(
    "usher-link and Sentinel", .serialized,
    .enabled(if: Machine.hasProgram("redis-server")))
struct SentinelTests {
    /// A free port of this moment.
    private static func port() throws -> Int {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                guard bind(socket, __CONST_SOCKADDR_ARG(__sockaddr__: name), size) == 0 else { return Int32(-1) }
                return getsockname(socket, __SOCKADDR_ARG(__sockaddr__: name), &size)
            }
        }
        guard result == 0 else { throw TestFailure.last("bind") }
        return Int(UInt16(bigEndian: address.sin_port))
    }

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
        let (one, two, watch, nobody) = (try Self.port(), try Self.port(), try Self.port(), try Self.port())
        let servers = [
            try Self.server(directory, one), try Self.server(directory, two, ["--replicaof", "127.0.0.1 \(one)"]),
        ]
        try File.write(
            "port \(watch)\nsentinel monitor store 127.0.0.1 \(one) 1\nsentinel failover-timeout store 5000\n",
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
        #expect(try Self.ask(directory, watch, "SENTINEL", "failover", "store").contains("OK"))
        guard case .down = try end.next(within: .seconds(60)) else { throw TestFailure("not down") }
        let again = try Self.up(directory)
        try again.say(.call(1, .probe, isConfirmed: false, milliseconds: 0, []))
        #expect(try again.next() == .reply(1, .number(2)))
        #expect(try Self.ask(directory, two, "ROLE").contains("master"))
        #expect(!([link, sentinel] + servers).contains { !$0.isRunning })
    }

    private static func up(_ directory: TestDirectory) throws -> UsherdEnd {
        let end = try UsherdEnd(directory.path("link.sock"))
        guard try end.next() == .greet(version: LinkLimits.version) else { throw TestFailure("no greeting") }
        try end.say(.configure(version: LinkLimits.version, copies: 1, prefix: LinkHarness.prefix))
        guard try end.next(within: .seconds(60)) == .up else { throw TestFailure("not up") }
        return end
    }
}
