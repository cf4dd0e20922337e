import CLinux
import Testing
import UsherPAMWire
import UsherSecrets

@testable import UsherPAMWorker

private let stacks = [
    "fine": "auth required CHAOS prompts=1\naccount required CHAOS",
    "two": "auth required CHAOS prompts=2\naccount required CHAOS",
    "crash": "auth required CHAOS abort\naccount required CHAOS",
    "hang": "auth required CHAOS hang\naccount required CHAOS",
    "exit": "auth required CHAOS exit=1\naccount required CHAOS",
]

@Suite("Zygote of workers")
struct ZygoteTests {
    @Test("is one, confined, and stays while workers end as they should")
    func stays() throws {
        let broker = RunningBroker(stacks)
        defer { broker.stop() }
        let client = try broker.client()
        #expect(RunningBroker.eventually { broker.zygote > 0 && broker.children.count == 1 })
        let zygote = broker.zygote
        for _ in 0..<20 { #expect(try client.outcome("fine", "bob", "x") == "ok bob") }
        #expect(try client.outcome("missing", "bob", "x") == "serviceUnknown")
        #expect(RunningBroker.eventually { broker.children.count == 1 })
        #expect(broker.zygote == zygote)
        #expect(Programs.descriptors(of: zygote) == 4)
        let environment = Programs.text(of: "/proc/\(zygote)/environ").split(separator: "\0")
        #expect(environment.map { $0.prefix { $0 != "=" } } == ["PATH", "LANG", "SWIFT_BACKTRACE"])
    }

    @Test("goes through a login of nobody to its end")
    func rehearsal() {
        #expect(Zygote.rehearse(WorkerChannel(descriptor: -1), PAMSetup(serviceDirectory: nil, nice: 0)))
    }

    @Test("loads pam_unix and what stands in `other`, which most logins want, and no other PAM module")
    func modules() throws {
        let broker = RunningBroker(stacks)
        defer { broker.stop() }
        #expect(try broker.client().outcome("fine", "bob", "x") == "ok bob")
        let maps = Programs.output(of: ["cat", "/proc/\(broker.zygote)/maps"]).text
        let modules = Set(maps.matches(of: /\/security\/\S+/).map(\.output))
        #expect(
            modules == ["/security/pam_unix.so", "/security/pam_deny.so", "/security/pam_permit.so"]
                && maps.contains("/libpam.so") && !maps.contains("chaos"))
    }

    @Test("gives each worker a channel of its own, which programs that it starts do not get")
    func channels() throws {
        let broker = RunningBroker(stacks)
        defer { broker.stop() }
        let client = try broker.client()
        client.start("two", "bob", "x")
        _ = try client.receive()
        #expect(RunningBroker.eventually { broker.children.count == 2 })
        let family = broker.children + [broker.zygote]
        let sockets = family.map { Programs.output(of: ["readlink", "/proc/\($0)/fd/3"]).text }
        #expect(Set(sockets).count == 3 && sockets.allSatisfy { $0.hasPrefix("socket:") })
        for worker in broker.children {
            #expect(Programs.descriptors(of: worker) == 4)
            // O_CLOEXEC of proc(5), fdinfo.
            #expect(Programs.text(of: "/proc/\(worker)/fdinfo/3").contains("flags:\t02000002"))
        }
    }

    @Test(
        "is laid out anew after a crash, a kill at the deadline and an end without a verdict, and so is the spare",
        arguments: ["crash", "hang", "exit"])
    func renewed(_ service: String) throws {
        let broker = RunningBroker(stacks)
        defer { broker.stop() }
        let client = try broker.client()
        #expect(RunningBroker.eventually { broker.zygote > 0 && broker.children.count == 1 })
        /// Where libpam lies.
        func place(_ process: pid_t) -> String? {
            Programs.output(of: ["grep", "-m1", "/libpam.so", "/proc/\(process)/maps"]).text.split(separator: "-").first
                .map(String.init)
        }
        let (zygote, old) = (broker.zygote, place(broker.zygote))
        #expect(old != nil && place(broker.children[0]) == old, "workers of one zygote share its layout")
        _ = try client.login(service, "bob", "x", timeout: .milliseconds(300))
        #expect(RunningBroker.eventually { ![0, zygote].contains(broker.zygote) && broker.children.count == 1 })
        #expect(RunningBroker.eventually { kill(zygote, 0) < 0 })
        #expect(RunningBroker.eventually { place(broker.children[0]) == place(broker.zygote) })
        #expect(place(broker.zygote) != old)
        #expect(try client.outcome("fine", "bob", "x") == "ok bob")
    }

    @Test("is replaced when it has died or does not answer, and no login notices", arguments: [SIGKILL, SIGSTOP])
    func lost(_ signal: Int32) throws {
        let broker = RunningBroker(stacks, ["--no-spare"])
        defer { broker.stop() }
        let client = try broker.client()
        #expect(try client.outcome("fine", "bob", "x") == "ok bob")
        let zygote = broker.zygote
        kill(zygote, signal)
        #expect(try client.outcome("fine", "bob", "x") == "ok bob")
        #expect(RunningBroker.eventually { ![0, zygote].contains(broker.zygote) })
        #expect(RunningBroker.eventually { kill(zygote, 0) < 0 && broker.children.isEmpty })
    }

    /// A program in the place of the worker's: makes a worker and keeps it to itself.
    private static let silent = """
        #!/usr/bin/env python3
        import ctypes, os, signal, socket, sys
        channel = socket.socket(fileno=3)
        channel.recv(4096)
        socket.recv_fds(channel, 16, 1)
        number = {"x86_64": 56, "aarch64": 220}[os.uname().machine]
        # CLONE_PARENT | SIGCHLD
        ctypes.CDLL(None).syscall(number, 0x8000 | signal.SIGCHLD, 0, 0, 0, 0)
        signal.pause()
        """

    @Test("that forked and did not say so leaves no worker behind; the login fails")
    func replyLost() throws {
        let program = "/tmp/usher-pam-test-silent-\(Random.word())"
        let file = usher_open(program, O_WRONLY | O_CREAT | O_EXCL, 0o755)
        _ = Self.silent.withCString { write(file, $0, Self.silent.utf8.count) }
        close(file)
        let broker = RunningBroker(stacks, ["--no-spare", "--worker", program])
        defer {
            broker.stop()
            unlink(program)
        }
        #expect(try broker.client().outcome("fine", "bob", "x") == "spawnFailed")
        #expect(RunningBroker.eventually { broker.children.isEmpty })
    }
}
