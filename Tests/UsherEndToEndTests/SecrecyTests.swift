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

        let family = [daemon.process.pid, daemon.broker, daemon.zygote] + daemon.workers
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
        "are gone from the memory of daemon, broker, zygote and spare worker once the login has ended",
        .enabled(if: Machine.isRoot, "needs root to read the memory of other processes"),
        .disabled(if: Sanitizer.isOn))
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
        expectNowhere(
            ["wrong-\(mark)", "first-\(mark)", "answer1-\(mark)", "answer2-\(mark)", "left-\(mark)", token], in: daemon)
        let isFound = ProcessMemory(daemon.process.pid).contains("usher.sock")
        #expect(isFound, "what is there is found")
    }

    /// None of `secrets` is in the memory of a process of `daemon`. A failure shows which, and not the memory.
    private func expectNowhere(_ secrets: [String], in daemon: DevDaemon) {
        for pid in [daemon.process.pid, daemon.broker, daemon.zygote] + daemon.workers {
            let memory = ProcessMemory(pid)
            let (count, found) = (memory.bytes, secrets.filter(memory.contains))
            #expect(count > 100_000, "\(ProcessTable.name(of: pid)) can be read")
            #expect(found.isEmpty, "in \(ProcessTable.name(of: pid))")
        }
    }

    @Test(
        "are gone from that memory when they had to wait for a slot, whether they got one or were given up",
        .enabled(if: Machine.isRoot, "needs root to read the memory of other processes"),
        .disabled(if: Sanitizer.isOn))
    func queued() throws {
        // On one core three logins compute at a time; one that hangs leaves its slot after a second.
        let core = ["taskset", "--cpu-list", "\(sched_getcpu())"]
        let daemon = try DevDaemon([.chaos("ask", "prompts=1"), .chaos("hang", "prompts=1 hang")], wrapper: core)
        let client = try daemon.client()
        // So long, and what is sought so far behind, that little else overwrites it once it is freed.
        let mark = "\(UInt64.random(in: 0 ... .max))"
        func long(_ secret: String) -> JSONValue { .text(String(repeating: "-", count: 400) + secret + mark) }
        func begin(_ service: String) throws -> JSONValue {
            let step = try client.call("auth.start", ["user": .text("\(service)er"), "service": .text(service)])
            return try #require(step["transaction"])
        }
        let asked = try begin("ask")
        let hanging = try (0..<12).map { _ in try begin("hang") }
        for login in hanging { _ = try client.start("auth.respond", ["transaction": login, "answers": ["x"]]) }
        let answered = try client.start("auth.respond", ["transaction": asked, "answers": [long("answer")]])
        let started = try client.start("auth.start", ["user": "x", "password": long("queued"), "service": "ask"])
        var leaver: TestClient? = try daemon.client()
        _ = try leaver?.start("auth.start", ["user": "x", "password": long("gone"), "service": "ask"])
        let secrets = ["answer", "queued", "gone"].map { $0 + mark }
        try eventually("they wait in the broker") {
            let memory = ProcessMemory(daemon.broker)
            return secrets.allSatisfy(memory.contains)
        }
        leaver = nil
        for login in hanging { try client.call("auth.cancel", ["transaction": login]) }
        for id in [answered, started] { #expect(try client.answer(to: id)["state"] == "complete") }
        try daemon.waitUntilIdle()
        expectNowhere(secrets, in: daemon)
    }

    @Test("come into no core: a worker that crashes, or is made to, leaves none")
    func cores() throws {
        let daemon = try DevDaemon([.chaos("ask", "prompts=1"), .chaos("crash", "segv")])
        let client = try daemon.client()
        #expect(
            try client.call("auth.start", ["user": "x", "password": "pw", "service": "crash"]).reason == "unavailable")
        _ = try client.call("auth.start", ["user": "x", "service": "ask"])
        for pid in [daemon.process.pid, daemon.broker, daemon.zygote] + daemon.workers {
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
        for pid in [daemon.process.pid, daemon.broker, daemon.zygote] + daemon.workers {
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

@Suite("Memory of a process", .disabled(if: Sanitizer.isOn))
struct ProcessMemoryTests {
    @Test("is read where it is in use, in large mappings too, and left alone elsewhere")
    func large() throws {
        let (size, touched) = (256 << 20, 200 << 20)
        let mapping = try #require(mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))
        defer { munmap(mapping, size) }
        mapping.storeBytes(of: 1, toByteOffset: touched, as: UInt8.self)
        let memory = ProcessMemory(getpid())
        let covered = [touched, 0].map { memory.covers(Int(bitPattern: mapping) + $0) }
        #expect(covered == [true, false])
    }
}
