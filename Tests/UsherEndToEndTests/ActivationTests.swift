import CLinux
import Testing
import UsherTestKit

/// usherd and its broker as systemd starts them: by systemd-socket-activate(1), which needs neither root nor units.
@Suite("Socket activation", .enabled(if: Machine.hasProgram("systemd-socket-activate")))
struct ActivationTests {
    /// Both daemons behind sockets of systemd; each starts with its first connection.
    private final class Pair {
        let directory: TestDirectory
        let broker: TestProcess
        let daemon: TestProcess

        init(fdname: String = "api", environment: [String] = []) throws {
            directory = try TestDirectory()
            let services = directory.makeDirectory("pam.d")
            try File.write("auth required pam_permit.so\naccount required pam_permit.so\n", to: "\(services)/usher")
            try File.write(
                """
                [pam]
                socket = "\(directory.path("pam.sock"))"
                [[service]]
                name = "usher"
                allow_no_account = true
                [[client]]
                user = \(geteuid())
                roles = ["login", "validate"]

                """, to: directory.path("usherd.toml"))
            broker = try TestProcess(
                [
                    "systemd-socket-activate", "--seqpacket", "-l", directory.path("pam.sock"), "--fdname=pam",
                    "--setenv=ASAN_OPTIONS", Built.broker, "--service-directory", services,
                ], output: directory.path("broker.log"))
            daemon = try TestProcess(
                ["systemd-socket-activate", "-l", directory.path("api.sock"), "--fdname=\(fdname)"]
                    + (environment + ["ASAN_OPTIONS"]).map { "--setenv=\($0)" }
                    + [Built.usherd, "--config", directory.path("usherd.toml")], output: directory.path("usherd.log"))
            for process in [broker, daemon] {
                try eventually("it listens") { process.written.contains("Listening on") }
            }
        }

        // Before the directory goes, in which they make their sockets.
        deinit {
            daemon.kill()
            broker.kill()
        }

        var socket: String { directory.path("api.sock") }
    }

    @Test("starts both with the first client, says READY=1 and STOPPING=1, ends with 0")
    func served() throws {
        let manager = try ServiceManagerSocket()
        let pair = try Pair(environment: ["NOTIFY_SOCKET=\(manager.path)"])
        let client = try TestClient(pair.socket, of: pair)
        let step = try client.call("auth.start", ["user": "somebody", "password": "x"])
        let token = try #require(step["token"], "\(step) \(pair.daemon.written) \(pair.broker.written)")
        try manager.wait(for: "READY=1")
        #expect(try client.call("session.validate", ["token": token])["valid"] == true)
        #expect(try client.call("server.stats").reason == "forbidden")
        pair.daemon.signal(SIGTERM)
        try manager.wait(for: "STOPPING=1")
        #expect(try pair.daemon.wait(within: .seconds(6)) == .status(0))
        #expect(client.isClosed())
        pair.broker.signal(SIGTERM)
        #expect(try pair.broker.wait(within: .seconds(6)) == .status(0))
    }

    @Test("matches sockets by name only")
    func wrongName() throws {
        let pair = try Pair(fdname: "ctl")
        let client = try TestClient(pair.socket, of: pair)
        #expect(try pair.daemon.wait() == .status(1))
        #expect(pair.daemon.written.contains("no socket named api was passed"))
        #expect(client.isClosed())
    }

    @Test("answers logins with unavailable while there is no broker, and goes on")
    func withoutBroker() throws {
        let pair = try Pair()
        pair.broker.kill()
        let client = try TestClient(pair.socket, of: pair)
        #expect(try client.call("auth.start", ["user": "somebody", "password": "x"]).reason == "unavailable")
        #expect(try client.call("server.ping").result == [:])
    }

    @Test("a broker serves a listening socket that its starter passes, and nobody but its client")
    func passedDescriptor() throws {
        let directory = try TestDirectory()
        let listener = usher_unix_socket(CInt(SOCK_SEQPACKET.rawValue), 1)
        defer { close(listener) }
        try #require(usher_bind(listener, directory.path("pam.sock")) == 0 && listen(listener, 8) == 0)
        let broker = try TestProcess(
            [Built.broker, "--listen-fd", "3", "--service-directory", directory.path, "--client-uid", "4242"],
            output: directory.path("log"), descriptors: [3: listener])
        let peer = usher_unix_socket(CInt(SOCK_SEQPACKET.rawValue), 0)
        defer { close(peer) }
        try #require(usher_connect(peer, directory.path("pam.sock")) == 0)
        try eventually("it serves, and has a worker to spare") { !ProcessTable.children(of: broker.pid).isEmpty }
        var byte: UInt8 = 0
        var entry = pollfd(fd: peer, events: Int16(POLLIN), revents: 0)
        // Root may always; any other uid but the client's is shown the door.
        let answered = poll(&entry, 1, Machine.isRoot ? 300 : 10_000)
        #expect(Machine.isRoot ? answered == 0 : recv(peer, &byte, 1, 0) == 0)
        broker.signal(SIGTERM)
        #expect(try broker.wait() == .status(0))
    }
}
