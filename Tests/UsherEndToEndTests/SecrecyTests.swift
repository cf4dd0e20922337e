import CLinux
import Testing
import UsherTestKit

/// There is no level to raise: what the daemon records is told by one list of entries (`JournalEntry`), all at `info`
/// or above, and neither broker nor worker logs. So the journal at debug level is the journal.
@Suite("Secrets")
struct SecrecyTests {
    @Test("stand in no command line or environment of any process, and in no journal line of the three programs")
    func nowhere() throws {
        let daemon = try DevDaemon([.chaos("ask", "prompts=3")])
        let client = try daemon.client()
        let token = try daemon.login(client)
        let typed = "secret-\(UInt64.random(in: 0 ... .max))"
        try client.call("auth.start", ["user": .text(daemon.user), "password": .text(typed)])
        let step = try client.call("auth.start", ["user": "x", "password": .text(typed + "-a"), "service": "ask"])
        let transaction = try #require(step["transaction"]?.text)
        let answers: JSONValue = ["transaction": .text(transaction), "answers": [.text(typed + "-b")]]
        #expect(try client.call("auth.respond", answers)["state"] == "challenge")
        let rotated = try #require(try client.call("session.rotate", ["token": .text(token)])["token"]?.text)
        try client.call("session.revoke", ["token": .text(rotated)])

        let family = [daemon.process.pid, daemon.broker, daemon.template] + daemon.workers
        let processes = File.names("/proc").filter { pid_t($0) != nil }
        #expect(family.count >= 4 && family.allSatisfy { processes.contains("\($0)") })
        let texts = processes.flatMap { ["/proc/\($0)/cmdline", "/proc/\($0)/environ"] }.map(File.text)
        #expect(texts.contains { $0.contains("usherd") })
        for secret in [daemon.password, token, rotated, typed, transaction] {
            for text in texts + [daemon.log] { #expect(!text.contains(secret)) }
        }
        #expect(daemon.log.contains("logged in") && daemon.log.contains("login refused"))
    }

    @Test(
        "are gone from the memory of daemon, broker, template and spare worker once the login has ended",
        .enabled(if: Machine.isRoot, "needs root to read the memory of other processes"))
    func memory() throws {
        let daemon = try DevDaemon([.chaos("ask", "prompts=3")])
        let client = try daemon.client()
        let mark = String(UInt64.random(in: 0 ... .max), radix: 36)
        try client.call("auth.start", ["user": "x", "password": .text("wrong-\(mark)")])
        var step = try client.call("auth.start", ["user": "x", "password": .text("first-\(mark)"), "service": "ask"])
        for round in 1...2 {
            step = try client.call(
                "auth.respond",
                ["transaction": step["transaction"] ?? .null, "answers": [.text("answer\(round)-\(mark)")]])
        }
        #expect(step["state"] == "complete")
        let token = try #require(step["token"]?.text)
        let left = try client.call(
            "auth.start", ["user": "x", "password": .text("left-\(mark)"), "service": "ask"])
        try client.call("auth.cancel", ["transaction": left["transaction"] ?? .null])
        try daemon.waitUntilIdle()
        for pid in [daemon.process.pid, daemon.broker, daemon.template] + daemon.workers {
            let memory = ProcessMemory(pid)
            #expect(memory.bytes > 100_000, "\(ProcessTable.name(of: pid)) can be read")
            for secret in [
                "wrong-\(mark)", "first-\(mark)", "answer1-\(mark)", "answer2-\(mark)", "left-\(mark)", token,
            ] {
                #expect(!memory.contains(secret), "\(secret.prefix(7)) in \(ProcessTable.name(of: pid))")
            }
        }
        #expect(ProcessMemory(daemon.process.pid).contains("usher.sock"), "what is there is found")
    }

    @Test("come into no core: a worker that crashes, or is made to, leaves none")
    func cores() throws {
        let daemon = try DevDaemon([.chaos("ask", "prompts=1"), .chaos("crash", "segv")])
        let client = try daemon.client()
        #expect(
            try client.call("auth.start", ["user": "x", "password": "pw", "service": "crash"]).reason == "unavailable")
        _ = try client.call("auth.start", ["user": "x", "service": "ask"])
        for pid in [daemon.process.pid, daemon.broker, daemon.template] + daemon.workers {
            let limit = File.text("/proc/\(pid)/limits").split(separator: "\n").first { $0.hasPrefix("Max core") }
            let words = limit?.split(separator: " ") ?? []
            #expect(words.count > 5 && words[4] == "0" && words[5] == "0", "\(ProcessTable.name(of: pid)) \(words)")
        }
        for worker in daemon.workers { kill(worker, SIGABRT) }
        try eventually("the workers end") { daemon.workers.count == 1 }
        let names = File.names(daemon.directory) + File.names("/proc/\(daemon.broker)/cwd")
        #expect(!names.contains { $0 == "core" || $0.hasPrefix("core.") })
    }

    @Test("cannot be read out of the programs by others of the same user", .enabled(if: Machine.nobodyMayRun))
    func undumpable() throws {
        let daemon = try DevDaemon(wrapper: Machine.asNobody, owner: Machine.nobody)
        try eventually("there is a spare worker") { !daemon.workers.isEmpty }
        let directory = try TestDirectory()
        for pid in [daemon.process.pid, daemon.broker, daemon.template] + daemon.workers {
            let command = Machine.asNobody + ["head", "-c1", "/proc/\(pid)/environ"]
            let (end, text) = try TestProcess.run(command, in: directory)
            #expect(end == .status(1), "\(ProcessTable.name(of: pid)) \(text)")
        }
    }
}

@Suite("Built programs", .enabled(if: Machine.hasProgram("readelf")))
struct ProgramTests {
    private func dynamic(_ program: String) throws -> String {
        try TestProcess.run(["readelf", "--wide", "--dynamic", "--program-headers", program], in: TestDirectory()).text
    }

    @Test(
        "bind at the start, and can change no relocation after it",
        arguments: [Built.usherd, Built.broker, Built.worker])
    func hardened(_ program: String) throws {
        let text = try dynamic(program)
        #expect(text.contains("GNU_RELRO"))
        #expect(text.contains("BIND_NOW") || text.contains("FLAGS_1") && text.contains("NOW"))
        #expect(!text.contains("RWE"))
    }

    @Test("the worker brings neither libsystemd nor Foundation into a login")
    func worker() throws {
        let text = try TestProcess.run(["ldd", Built.worker], in: TestDirectory()).text
        #expect(text.contains("libpam.so"))
        for library in ["libsystemd", "Foundation", "libcrypto"] {
            #expect(!text.contains(library), "\(text)")
        }
    }

    @Test("no module of PAM is in the daemon")
    func daemon() throws {
        for program in [Built.usherd, Built.broker] {
            #expect(try !TestProcess.run(["ldd", program], in: TestDirectory()).text.contains("libpam"), "\(program)")
        }
    }
}

/// The writable memory of a process (/proc/PID/mem), as it is now.
private struct ProcessMemory {
    private var parts: [[UInt8]] = []

    /// Reads every writable mapping of `pid` that can be read.
    init(_ pid: pid_t) {
        let file = usher_open("/proc/\(pid)/mem", O_RDONLY, 0)
        defer { close(file) }
        for line in File.text("/proc/\(pid)/maps").split(separator: "\n") {
            let words = line.split(separator: " ", omittingEmptySubsequences: true)
            let ends = words[0].split(separator: "-").compactMap { UInt64($0, radix: 16) }
            guard words.count > 1, words[1].hasPrefix("rw"), ends.count == 2 else { continue }
            read(file, ends[0], ends[1])
        }
    }

    /// Reads page by page: what was never touched, or cannot be read, is passed over.
    private mutating func read(_ file: CInt, _ start: UInt64, _ end: UInt64) {
        guard end - start <= 64 << 20 else { return }
        var bytes = [UInt8](repeating: 0, count: Int(end - start))
        let count = pread(file, &bytes, bytes.count, off_t(start))
        if count > 0 { parts.append(Array(bytes[..<count])) }
    }

    /// How much was read.
    var bytes: Int { parts.map(\.count).reduce(0, +) }

    func contains(_ text: String) -> Bool {
        let wanted = Array(text.utf8)
        return parts.contains { memmem($0, $0.count, wanted, wanted.count) != nil }
    }
}
