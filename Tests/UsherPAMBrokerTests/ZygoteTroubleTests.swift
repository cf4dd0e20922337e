import CLinux
import Testing
import UsherPAMProcesses
import UsherPAMWire
import UsherSecrets

@testable import UsherPAMBroker

private let stacks = [
    "fine": "auth required CHAOS prompts=1\naccount required CHAOS",
    "crash": "auth required CHAOS abort\naccount required CHAOS",
    "late": "auth required CHAOS prompts=2 abort\naccount required CHAOS",
    "deny": "auth required pam_deny.so\naccount required pam_deny.so",
]

@Suite("Zygote of workers in trouble")
struct ZygoteTroubleTests {
    /// A path of its own, below /tmp.
    private let place = "/tmp/usher-pam-test-trouble-\(Random.word())"

    @Test(
        "does not ask for accounts, so that a directory which hangs stops nobody who does not need it",
        .enabled(if: Programs.isRoot, "only root may mount"))
    func directoryHangs() throws {
        // Opening a FIFO waits for somebody who writes.
        mkfifo(place, 0o644)
        defer { unlink(place) }
        let broker = RunningBroker(stacks, program: Programs.broker(accounts: place))
        defer { broker.stop() }
        #expect(try broker.client().outcome("deny", "bob", "x") == "authentication 7")
        #expect(RunningBroker.eventually { broker.zygote > 0 })
    }

    @Test(
        "ends when a library that it uses has been replaced; the next one has the new library, and stays",
        .enabled(if: Programs.isRoot, "only root may mount"))
    func upgraded() throws {
        let broker = RunningBroker(stacks, ["--no-spare"], program: ["unshare", "-m", Programs.broker])
        defer { broker.stop() }
        let client = try broker.client()
        #expect(try client.outcome("fine", "bob", "x") == "ok bob")
        let old = broker.zygote
        let maps = Programs.output(of: ["cat", "/proc/\(old)/maps"]).text
        let library = try #require(maps.firstMatch(of: /\/\S+\/libpam\.so\S*/)).output
        defer { unlink(place) }
        #expect(Programs.run(["cp", String(library), place]) == 0)
        let entry = ["nsenter", "-m", "-t", "\(broker.pid)"]
        #expect(Programs.run(entry + ["mount", "--bind", place, String(library)]) == 0)
        // It looks once a second.
        var outcomes: Set<String> = []
        let isAnother = RunningBroker.eventually {
            outcomes.insert((try? client.outcome("fine", "bob", "x")) ?? "none")
            return ![0, old].contains(broker.zygote)
        }
        #expect(isAnother && outcomes == ["ok bob"])
        let new = broker.zygote
        #expect(try client.outcome("fine", "bob", "x") == "ok bob")
        #expect(broker.zygote == new)
        #expect(RunningBroker.eventually { kill(old, 0) < 0 })
    }

    @Test("is reaped when it dies idle")
    func diesIdle() throws {
        let broker = RunningBroker(stacks, ["--no-spare"])
        defer { broker.stop() }
        let client = try broker.client()
        #expect(try client.outcome("fine", "bob", "x") == "ok bob")
        let zygote = broker.zygote
        #expect(RunningBroker.eventually { broker.children.isEmpty })
        kill(zygote, SIGKILL)
        #expect(RunningBroker.eventually { kill(zygote, 0) < 0 })
        #expect(try client.outcome("fine", "bob", "x") == "ok bob")
    }

    @Test("is not renewed for a crash of a worker of the one before")
    func crashesLate() throws {
        let broker = RunningBroker(stacks, ["--no-spare"])
        defer { broker.stop() }
        let client = try broker.client()
        let late = client.start("late", "bob", "x")
        _ = try client.receive()
        #expect(try client.outcome("crash", "bob", "x") == "crashed(signal: 6)")
        #expect(try client.outcome("fine", "bob", "x") == "ok bob")
        let zygote = broker.zygote
        client.answer(late, ["y"])
        #expect(try client.receive() == .failed(transaction: late, .crashed(signal: 6)))
        #expect(try client.outcome("fine", "bob", "x") == "ok bob")
        #expect(zygote != 0 && broker.zygote == zygote)
    }

    /// A program in the place of the worker's that never says anything.
    private static let silent = "#!/bin/sh\nexec sleep 1000\n"

    @Test("that is silent costs the broker a few seconds, however many wait, and is complained of once")
    func silent() throws {
        let (program, errors) = (place, place + ".errors")
        let file = usher_open(program, O_WRONLY | O_CREAT | O_EXCL, 0o755)
        _ = Self.silent.withCString { write(file, $0, Self.silent.utf8.count) }
        close(file)
        let redirect = ["sh", "-c", "exec \"$@\" 2>\"$0\"", errors]
        let broker = RunningBroker(
            stacks, ["--no-spare", "--worker", program], program: redirect + [Programs.broker])
        defer {
            broker.stop()
            unlink(program)
            unlink(errors)
        }
        let client = try broker.client()
        let before = usher_boottime()
        for _ in 0..<6 { client.start("fine", "bob", "x") }
        for _ in 0..<6 {
            guard case .failed(_, .spawnFailed) = try client.receive() else { throw ClientError.gone }
        }
        #expect(usher_boottime() - before < 12_000_000_000)
        let complaints = Programs.text(of: errors).split(separator: "\n")
        #expect(complaints.count == 1 && complaints[0].hasPrefix("<3>"))
        #expect(RunningBroker.eventually { broker.children.isEmpty })
    }

    @Test("that calls a number its worker which none can have is lost", arguments: [1, 0, -1] as [Int32])
    func impossibleWorker(_ number: Int32) throws {
        let outcome = WorkerZygote.outcome(of: .forked(worker: number), try #require(ChannelPair(closer: nil)), 1)
        guard case .lost = outcome else {
            Issue.record("taken for a worker")
            return
        }
    }

    @Test("has never a soft limit of memory raised")
    func softLimit() throws {
        let broker = RunningBroker(stacks, ["--no-spare"])
        defer { broker.stop() }
        let client = try broker.client()
        #expect(try client.outcome("fine", "bob", "x") == "ok bob")
        let status = Programs.text(of: "/proc/\(broker.zygote)/status")
        let used = try #require(status.firstMatch(of: /VmData:\s+(\d+) kB/).flatMap { Int($0.1) })
        let soft = (used << 10) + (64 << 20)
        #expect(Programs.run(["prlimit", "--pid", "\(broker.pid)", "--data=\(soft):unlimited"]) == 0)
        let zygote = broker.zygote
        kill(zygote, SIGKILL)
        #expect(try client.outcome("fine", "bob", "x") == "ok bob")
        #expect(broker.zygote != zygote)
        let limits = Programs.text(of: "/proc/\(broker.zygote)/limits")
        #expect(limits.firstMatch(of: /Max data size\s+(\d+)\s/).flatMap { Int($0.1) } == soft)
    }
}
