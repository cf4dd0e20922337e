import CLinux
import Testing
import UsherTestKit

@Suite("Secrets")
struct SecrecyTests {
    @Test("stand in no command line, environment or journal line of the three programs")
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

        let family = [daemon.process.pid, daemon.broker] + daemon.workers
        #expect(family.count >= 3)
        let texts = family.flatMap { ["/proc/\($0)/cmdline", "/proc/\($0)/environ"] }.map(File.text)
        #expect(texts[0].contains("usherd"))
        for secret in [daemon.password, token, rotated, typed, transaction] {
            for text in texts + [daemon.log] { #expect(!text.contains(secret)) }
        }
        #expect(daemon.log.contains("logged in") && daemon.log.contains("login refused"))
    }

    @Test("cannot be read out of the programs by others of the same user", .enabled(if: Machine.nobodyMayRun))
    func undumpable() throws {
        let daemon = try DevDaemon(wrapper: Machine.asNobody, owner: Machine.nobody)
        try eventually("there is a spare worker") { !daemon.workers.isEmpty }
        let directory = try TestDirectory()
        for pid in [daemon.process.pid, daemon.broker] + daemon.workers {
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
