import CLinux
import Testing
import UsherTestKit

/// Users without a role that ask without end.
@Suite("Floods", .enabled(if: Machine.isRoot && Machine.hasProgram("python3"), "needs another user"))
struct FloodTests {
    /// Keeps 200 connections full of frames for three seconds, and until each has been answered; prints how many of them
    /// were answered, and how many were closed.
    private static let script = """
        import socket, struct, sys, time
        def frame(body): return struct.pack(">I", len(body)) + body
        validate = b'{"jsonrpc":"2.0","id":1,"method":"session.validate","params":{"token":"' + b'A' * 43 + b'"}}'
        bodies = [b'{"jsonrpc":"2.0","id":1,"method":"server.ping"}', b'{}', validate]
        clients = []
        for number in range(200):
            client = socket.socket(socket.AF_UNIX)
            client.connect(sys.argv[1])
            client.setblocking(False)
            stream = frame(bodies[number % 3]) * 500
            clients.append([client, stream, 0, 0, False])
        start = time.monotonic()
        def isAnswered(): return all(entry[3] > 0 for entry in clients)
        while time.monotonic() < start + 3 or not isAnswered() and time.monotonic() < start + 50:
            for entry in clients:
                client, stream, sent, received, closed = entry
                if closed: continue
                try: entry[2] = (sent + client.send(stream[sent:])) % len(stream)
                except BlockingIOError: pass
                except OSError: entry[4] = True
                try:
                    answer = client.recv(65536)
                    entry[3] += len(answer)
                    if not answer: entry[4] = True
                except BlockingIOError: pass
                except OSError: entry[4] = True
        print(sum(entry[3] > 0 for entry in clients), sum(entry[4] for entry in clients))
        """

    @Test("by users without a role refuse nothing to a peer, lose nothing, and leave nobody out")
    func outsiders() throws {
        // One user without a role has an eighth of these.
        let daemon = try DevDaemon(limits: "connections_without_role = 1600")
        // The directory is its owner's alone, and so is the socket.
        chmod(daemon.directory, 0o711)
        chmod(daemon.socket, 0o666)
        let directory = try TestDirectory()
        let admin = try daemon.client()
        var (logins, told) = (0, "")
        let report = try Bystander.watching(daemon) {
            let flood = try TestProcess(
                Machine.asNobody + ["python3", "-c", Self.script, daemon.socket], output: directory.path("flood"))
            while flood.isRunning {
                let client = try daemon.client()
                let token = try daemon.login(client)
                #expect(try client.call("session.validate", ["token": .text(token)])["valid"] == true)
                logins += 1
            }
            told = flood.written
        }
        #expect(report.failure == nil && report.validations > 0 && logins > 0)
        #expect(told == "200 0\n")
        #expect(try admin.call("server.stats")["connections_refused"] == 0)
        try eventually("they are gone") { (try admin.call("server.stats")["connections"]?.integer ?? 0) < 10 }
    }
}
