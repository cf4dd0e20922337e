import CLinux
import Testing
import UsherTestKit

/// What a service manager and an administrator see of the built program.
@Suite("Life as a service")
struct ServiceTests {
    private func configuration(of daemon: DevDaemon) -> String { "\(daemon.directory)/usherd.toml" }

    @Test("SIGHUP lets a new configuration take effect, and drops no session and no connection that keeps its rights")
    func reload() throws {
        let manager = try ServiceManagerSocket()
        let daemon = try DevDaemon(environment: ["NOTIFY_SOCKET=\(manager.path)"])
        let client = try daemon.client()
        let token = try daemon.login(client)
        let before = File.text(configuration(of: daemon))
        try File.write(before + "[[service]]\nname = \"late\"\n", to: configuration(of: daemon))
        daemon.process.signal(SIGHUP)
        try eventually("it has reloaded") { daemon.log.contains("configuration reloaded closed=0") }
        try manager.wait(for: "RELOADING=1")
        #expect(try client.call("session.validate", ["token": .text(token)])["valid"] == true)
        let services = try daemon.client().call("server.hello")["services"]
        #expect(services == ["default", "late"])
    }

    @Test("a configuration with errors changes nothing, and every error is told")
    func wrongReload() throws {
        let daemon = try DevDaemon()
        let client = try daemon.client()
        try File.write("[limits]\nlogins = 0\nsubscribers = \"x\"\n", to: configuration(of: daemon))
        daemon.process.signal(SIGHUP)
        try eventually("it refuses") { daemon.log.contains("configuration refused") }
        #expect(daemon.log.contains("limits.logins: must be") && daemon.log.contains("limits.subscribers: expected"))
        #expect(try client.call("server.hello")["services"] == ["default"])
    }

    @Test("who loses a role by a reload is closed, with the login that is in progress")
    func withdrawn() throws {
        let daemon = try DevDaemon([.chaos("ask", "prompts=2")])
        let client = try daemon.client()
        let step = try client.call("auth.start", ["user": "x", "password": "y", "service": "ask"])
        #expect(step["state"] == "challenge")
        let entry = "[[client]]\nuser = \(geteuid())\nroles = [\"validate\"]\n"
        try File.write(File.text(configuration(of: daemon)) + entry, to: configuration(of: daemon))
        daemon.process.signal(SIGHUP)
        try eventually("it is closed") { client.isClosed() }
        try daemon.waitUntilIdle()
        #expect(try daemon.client().call("auth.start", ["user": "x"]).reason == "forbidden")
        #expect(daemon.log.contains("configuration reloaded closed="))
    }

    @Test("the watchdog is fed, the status says what there is, and an idle daemon sleeps")
    func watchdog() throws {
        let manager = try ServiceManagerSocket()
        let daemon = try DevDaemon(
            environment: ["NOTIFY_SOCKET=\(manager.path)", "WATCHDOG_USEC=200000"])
        try manager.wait(for: "WATCHDOG=1")
        let client = try daemon.client()
        _ = try daemon.login(client)
        try manager.wait(for: "STATUS=Sessions: 1, logins: 0, connections: 1")
        daemon.process.signal(SIGSTOP)
        daemon.process.signal(SIGCONT)
        #expect(try client.call("server.ping").result == [:])
    }

    @Test("nothing wakes a daemon that nobody asks anything")
    func idle() throws {
        let daemon = try DevDaemon()
        _ = try daemon.login(try daemon.client())
        func switches() -> String? {
            File.text("/proc/\(daemon.process.pid)/status").split(separator: "\n")
                .first { $0.hasPrefix("voluntary_ctxt_switches") }.map(String.init)
        }
        try eventually("it sleeps for a second") {
            let before = switches()
            poll(nil, 0, 1000)
            return before != nil && switches() == before
        }
    }

    @Test("the status follows within a second")
    func freshStatus() throws {
        let manager = try ServiceManagerSocket()
        let daemon = try DevDaemon(environment: ["NOTIFY_SOCKET=\(manager.path)"])
        let client = try daemon.client()
        _ = try daemon.login(client)
        try manager.wait(for: "STATUS=Sessions: 1, logins: 0, connections: 1")
        _ = try daemon.login(client)
        let done = usher_boottime()
        try manager.wait(for: "STATUS=Sessions: 2, logins: 0, connections: 1")
        #expect(usher_boottime() - done < 4_000_000_000, "the pause is one second; three are the machine's")
    }

    @Test("--check tells what holds and every error by its exit status")
    func check() throws {
        let directory = try TestDirectory()
        let file = directory.path("usherd.toml")
        try File.write("[limits]\nlogins = 3\n", to: file)
        let (end, text) = try TestProcess.run([Built.usherd, "--check", "--config", file], in: directory)
        #expect(end == .status(0) && text.contains("logins = 3") && text.contains("# \(file)"))
        try File.write("[limits]\nlogins = 0\ntypo = 1\n", to: file)
        let wrong = try TestProcess.run([Built.usherd, "--check", "--config", file], in: directory)
        #expect(wrong.0 == .status(1) && wrong.text.contains("limits.logins") && wrong.text.contains("limits.typo"))
    }

    @Test("--check writes errors and warnings to standard error, and with --quiet nothing else")
    func streams() throws {
        let directory = try TestDirectory()
        let file = directory.path("usherd.toml")
        func check(_ more: String) throws -> (TestProcess.End, text: String) {
            let command = "exec \(Built.usherd) --check --config \(file) \(more)"
            return try TestProcess.run(["sh", "-c", command], in: directory)
        }
        try File.write("[[service]]\nidle = \"1 h\"\nnam = \"x\"\n", to: file)
        let (end, text) = try check(">/dev/null")
        #expect(end == .status(1))
        for key in ["service[0].name:", "service[0].idle:", "service[0].nam:"] {
            #expect(text.contains(key), "\(text)")
        }
        #expect(try check("2>/dev/null").text.isEmpty)
        try File.write("[[service]]\nname = \"\(directory.path.dropFirst(11).lowercased())\"\n", to: file)
        let warned = try check("--quiet")
        #expect(warned.0 == .status(0) && warned.text.contains("warning: the service "), "\(warned)")
        #expect(warned.text.split(separator: "\n").allSatisfy { $0.hasPrefix("warning: ") })
        #expect(try check("2>/dev/null").text.contains("[[service]]"))
    }

    @Test("a named pipe and a link to nothing as configuration are errors, and neither --check nor a reload hangs")
    func noFiles() throws {
        let daemon = try DevDaemon()
        let directory = "\(daemon.directory)/usherd.d"
        mkdir(directory, 0o755)
        #expect(mkfifo("\(directory)/pipe.toml", 0o600) == 0)
        #expect(symlink("/nowhere", "\(directory)/link.toml") == 0)
        let output = try TestDirectory()
        let (end, text) = try TestProcess.run(
            [Built.usherd, "--check", "--config", configuration(of: daemon)], in: output)
        #expect(end == .status(1))
        #expect(text.contains("pipe.toml: is no regular file") && text.contains("link.toml: is a link to nothing"))
        daemon.process.signal(SIGHUP)
        try eventually("it refuses") { daemon.log.contains("configuration refused") }
        #expect(daemon.log.contains("pipe.toml: is no regular file"))
        #expect(try daemon.client().call("server.hello")["services"] == ["default"])
    }

    @Test("--check --explain says whether, and by which entry")
    func explain() throws {
        let directory = try TestDirectory()
        let file = directory.path("usherd.toml")
        try File.write("[[client]]\ngroup = 50\nname = \"staff\"\nroles = [\"validate\"]\n", to: file)
        func ask(_ groups: String, _ method: String) throws -> (TestProcess.End, text: String) {
            try TestProcess.run(
                [
                    Built.usherd, "--check", "--explain", "--config", file, "--uid", "1000", "--gid", "1000",
                    "--groups",
                    groups, method,
                ], in: directory)
        }
        let allowed = try ask("4,50", "session.validate")
        #expect(allowed.0 == .status(0) && allowed.text.contains("staff"))
        #expect(try ask("4", "session.validate").0 == .status(1))
        #expect(try ask("x", "session.validate").0 == .status(2))
        #expect(try ask("4", "no.method").0 == .status(2))
        #expect(try TestProcess.run([Built.usherd, "--check", "--uid", "1"], in: directory).0 == .status(2))
        let explained = [Built.usherd, "--check", "--explain", "--config", file]
        #expect(try TestProcess.run(explained + ["--user", "no such user"], in: directory).0 == .status(2))
        let (end, table) = try TestProcess.run(explained + ["--user", "root"], in: directory)
        #expect(end == .status(0) && table.contains("uid 0 (root), gid 0, groups 0"), "\(table)")
        #expect(
            table.contains("by: entry \"root\"") && table.contains("session.create      refused  takes the role issue"))
    }

    @Test("a start that fails says why, in the journal and in the status")
    func failedStart() throws {
        let manager = try ServiceManagerSocket()
        let directory = try TestDirectory()
        let (end, text) = try TestProcess.run(
            [Built.usherd], in: directory, environment: ["NOTIFY_SOCKET=\(manager.path)"])
        #expect(end == .status(1) && text.contains("start failed") && text.contains("no socket named api was passed"))
    }
}
