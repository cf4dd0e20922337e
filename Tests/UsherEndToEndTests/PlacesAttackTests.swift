import CLinux
import Testing
import UsherTestKit

/// Users without a role, and those of a container, that keep connections and ask for nothing.
@Suite("Places", .enabled(if: Machine.isRoot && Machine.hasProgram("python3"), "needs other users"))
struct PlacesAttackTests {
    /// For each uid from the second argument on, as many as the third says: connects as often as the fourth says.
    /// Prints on how many connections it gets an answer, and keeps them.
    private static let script = """
        import os, signal, socket, struct, sys
        path, first, users, each = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
        body = b'{"jsonrpc":"2.0","id":1,"method":"server.ping"}'
        clients, answered = [], 0
        for uid in range(first, first + users):
            os.setresuid(uid, uid, 0)
            for _ in range(each):
                client = socket.socket(socket.AF_UNIX)
                client.connect(path)
                clients.append(client)
            os.setresuid(0, 0, 0)
        for client in clients:
            try:
                client.sendall(struct.pack(">I", len(body)) + body)
                answered += b'"result"' in client.recv(4096)
            except OSError: pass
        print(answered, flush=True)
        signal.pause()
        """

    private let daemon: DevDaemon
    private let directory: TestDirectory
    private static let clients = """
        connections = 512
        [[client]]
        user = 0
        roles = ["login", "validate", "admin"]
        [[client]]
        user = 61000
        roles = ["validate"]
        [[client]]
        uids = "100000-165535"
        roles = ["validate"]

        """

    init() throws {
        // 512 places: 64 for root, 32 for users without a role, 104 for each of two entries, and 208 for all with a
        // role.
        daemon = try DevDaemon(limits: Self.clients)
        chmod(daemon.directory, 0o711)
        chmod(daemon.socket, 0o666)
        directory = try TestDirectory()
    }

    private func occupy(from uid: UInt32, users: Int, each: Int) throws -> TestProcess {
        let process = try TestProcess(
            ["python3", "-c", Self.script, daemon.socket, String(uid), String(users), String(each)],
            output: directory.path("\(uid) \(each)"))
        try eventually("it has its connections: \(process.written)") { process.written.hasSuffix("\n") }
        return process
    }

    @Test("taken by forty users without a role, and by a container's, are none of a peer's and none of root's")
    func attack() throws {
        let admin = try daemon.client()
        let tool = try occupy(from: 61_000, users: 1, each: 3)
        #expect(tool.written == "3\n")
        let outsiders = try occupy(from: 60_000, users: 40, each: 20)
        let held = try #require(admin.call("server.stats")["connections"]?.integer) - 4
        #expect(outsiders.written != "0\n" && (1...32).contains(held), "\(outsiders.written) \(held)")
        let container = try occupy(from: 100_000, users: 20, each: 50)
        #expect(container.written == "256\n", "the places of one user")
        let more = try occupy(from: 61_000, users: 1, each: 101)
        #expect(more.written == "101\n", "the reserve of its entry")
        let others = try (0..<64).map { _ in try daemon.client() }
        #expect(try others.allSatisfy { try $0.call("server.ping").result == [:] })
        let stats = try admin.call("server.stats")
        #expect(stats["connections"]?.integer ?? 0 > 3 + 256 + 101 + 64)
        for process in [tool, outsiders, container, more] { process.kill() }
        try eventually("they are gone") { (try admin.call("server.stats")["connections"]?.integer ?? 0) < 70 }
        let late = try occupy(from: 60_100, users: 1, each: 5)
        #expect(late.written == "4\n", "an eighth of the places without a role")
    }
}
