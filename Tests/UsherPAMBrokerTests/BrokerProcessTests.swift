import CLinux
import Testing
import UsherPAMWire
import UsherSecrets

private let stacks = [
    "fine": "auth required CHAOS prompts=1\naccount required CHAOS",
    "two": "auth required CHAOS prompts=2\naccount required CHAOS",
    "hang": "auth required CHAOS hang\naccount required CHAOS",
]

@Suite("Broker process")
struct BrokerProcessTests {
    @Test("serves several connections and several transactions on each")
    func several() throws {
        let broker = RunningBroker(stacks)
        defer { broker.stop() }
        let (one, two) = (try broker.client(), try broker.client())
        let asking = (0..<5).map { _ in one.start("two", "bob", "x") }
        #expect(try two.outcome("fine", "eve", "x") == "ok eve")
        var done: Set<UInt64> = []
        while done.count < asking.count {
            switch try one.receive() {
            case .challenge(let challenge): one.answer(challenge.transaction, ["y"])
            case .verdict(let verdict) where verdict.succeeded: done.insert(verdict.transaction)
            default: throw ClientError.gone
            }
        }
        #expect(done == Set(asking))
    }

    @Test("says once which process serves a transaction, before anything that it says")
    func announced() throws {
        let broker = RunningBroker(stacks)
        defer { broker.stop() }
        let client = try broker.client()
        #expect(try client.outcome("fine", "bob", "x") == "ok bob")
        let first = client.lastWorker
        _ = client.start("two", "bob", "x")
        guard case .challenge(let challenge) = try client.receive() else { throw ClientError.gone }
        #expect(first > 0 && client.lastWorker > 0 && client.lastWorker != first)
        #expect(kill(client.lastWorker, 0) == 0)
        client.forgetWorker()
        client.answer(challenge.transaction, ["y"])
        _ = try client.receive()
        #expect(client.lastWorker == 0)
    }

    @Test("refuses services that do not exist, `other` and paths, and names that are none")
    func names() throws {
        let broker = RunningBroker(stacks)
        defer { broker.stop() }
        let client = try broker.client()
        for service in ["missing", "other", "../pam.d/fine", "FINE", ""] {
            #expect(try client.outcome(service, "bob", "x") == "serviceUnknown")
        }
        for user in ["", "-x", "a/b"] { #expect(try client.outcome("fine", user, "x") == "protocolViolated") }
        #expect(try client.outcome("fine", "bob", "x") == "ok bob")
    }

    @Test("says on standard error that a name is closed, and which")
    func closed() throws {
        let errors = "/tmp/usher-pam-test-errors-\(Random.word())"
        defer { unlink(errors) }
        let broker = RunningBroker(
            ["deny": "auth required pam_deny.so"],
            program: ["sh", "-c", "exec \"$0\" \"$@\" 2>\(errors)", Programs.broker])
        defer { broker.stop() }
        let client = try broker.client()
        // How many are let through exactly is a matter of the ceiling's own tests.
        for _ in 0..<90 { #expect(try client.outcome("deny", #"a "b"#, "hush") == "authentication 7") }
        #expect(Programs.text(of: errors).isEmpty)
        var further = 0
        while further < 20, try client.outcome("deny", #"a "b"#, "hush") == "authentication 7" { further += 1 }
        #expect(further <= 10)
        for _ in 0..<2 { #expect(try client.outcome("deny", #"a "b"#, "hush").hasPrefix("busy")) }
        let lines = Programs.text(of: errors).split(separator: "\n")
        try #require(lines.count == 1 && !lines[0].contains("hush"))
        #expect(lines[0].hasPrefix(#"<3>usher-pam: too many logins of "a \"b" proved nothing: "#))
    }

    @Test("ends the worker of a cancelled login, whether it asks, computes or hangs", arguments: ["two", "hang"])
    func cancel(_ service: String) throws {
        let broker = RunningBroker(stacks)
        defer { broker.stop() }
        let client = try broker.client()
        let transaction = client.start(service, "bob", "x")
        if service == "two" { _ = try client.receive() }
        client.send(.cancel(transaction: transaction))
        #expect(try client.receive() == .failed(transaction: transaction, .cancelled))
        #expect(try client.outcome("fine", "bob", "x") == "ok bob")
        #expect(RunningBroker.eventually { broker.children.count == 1 })
    }

    @Test("ends the workers of a client that has gone, and takes it back")
    func gone() throws {
        let broker = RunningBroker(stacks)
        defer { broker.stop() }
        do {
            let client = try broker.client()
            client.start("two", "bob", "x")
            _ = try client.receive()
            client.start("hang", "bob", "x")
        }
        #expect(RunningBroker.eventually { broker.children.count == 1 })
        #expect(try broker.client().outcome("fine", "bob", "x") == "ok bob")
    }

    @Test(
        "closes a connection that sends nonsense; others live",
        arguments: [
            [0xFF], [0x01], [0x01, 0, 99], [0x03, 1, 2], [0x02, 0, 0], [UInt8](repeating: 3, count: 20_000),
            [UInt8](repeating: 1, count: 100_000), [0x83, 0, 0],
        ])
    func nonsense(_ bytes: [UInt8]) throws {
        let broker = RunningBroker(stacks)
        defer { broker.stop() }
        let (good, bad) = (try broker.client(), broker.connect())
        bad.send(bytes: bytes)
        #expect(throws: ClientError.gone) { while true { _ = try bad.receive() } }
        #expect(try good.outcome("fine", "bob", "x") == "ok bob")
    }

    @Test("greets with its limits, and wants a greeting")
    func hello() throws {
        let broker = RunningBroker(stacks, ["--max-computing", "3", "--max-conversing", "5", "--max-waiting", "7"])
        defer { broker.stop() }
        let client = broker.connect()
        client.send(.hello(version: PAMLimits.version))
        #expect(try client.receive() == .hello(PAMHello(computing: 3, conversing: 5, waiting: 7)))
        let rude = broker.connect()
        rude.start("fine", "bob", "x")
        #expect(throws: ClientError.gone) { try rude.receive() }
    }

    @Test("lets two workers compute per core that it may use, and one more")
    func cores() throws {
        let broker = RunningBroker(stacks, program: ["taskset", "--cpu-list", "0", Programs.broker])
        defer { broker.stop() }
        let client = broker.connect()
        client.send(.hello(version: PAMLimits.version))
        #expect(try client.receive() == .hello(PAMHello(computing: 3, conversing: 64, waiting: 64)))
    }

    @Test(
        "serves nobody where another service `other` stands than it was told, and ends when one takes its place",
        .enabled(if: Programs.isRoot, "only root may mount"))
    func other() throws {
        let place = "/tmp/usher-pam-test-other-\(Random.word())"
        defer { unlink(place) }
        #expect(Programs.run(["sh", "-c", "(cat /etc/pam.d/other; echo '# another one') >\"$0\"", place]) == 0)
        #expect(RunningBroker(stacks, ["--other", place]).stop(0) == 1)
        let mount = ["unshare", "-m", "sh", "-c", "mount --bind \"$0\" /etc/pam.d/other && exec \"$@\"", place]
        let broker = RunningBroker(stacks, ["--other", place], program: mount + [Programs.broker])
        let client = try broker.client()
        #expect(try client.outcome("fine", "bob", "x") == "ok bob")
        #expect(Programs.run(["nsenter", "-m", "-t", "\(broker.pid)", "umount", "/etc/pam.d/other"]) == 0)
        client.start("fine", "bob", "x")
        #expect(throws: ClientError.gone) { try client.receive() }
        #expect(broker.stop(0) == 0)
    }

    @Test("takes a file that says the same for the service `other` that it was told, as after an upgrade")
    func sameOther() throws {
        let place = "/tmp/usher-pam-test-other-\(Random.word())"
        defer { unlink(place) }
        #expect(Programs.run(["cp", "/etc/pam.d/other", place]) == 0)
        let broker = RunningBroker(stacks, ["--other", place])
        defer { broker.stop() }
        #expect(try broker.client().outcome("fine", "bob", "x") == "ok bob")
    }

    @Test("stops on SIGTERM within two seconds: workers are ended, the exit status is 0")
    func stop() throws {
        let broker = RunningBroker(stacks)
        let client = try broker.client()
        let hanging = client.start("hang", "bob", "x")
        let asking = client.start("two", "bob", "x")
        _ = try client.receive()
        let children = broker.children
        #expect(children.count == 3)
        let before = usher_boottime()
        #expect(broker.stop() == 0)
        #expect(usher_boottime() - before < 2_500_000_000)
        #expect(children.allSatisfy { kill($0, 0) < 0 })
        let said = Set([try client.receive(), try client.receive()].map { "\($0)" })
        let busy = [hanging, asking].map { "\(PAMReport.failed(transaction: $0, .busy(retryAfter: .seconds(1))))" }
        #expect(said == Set(busy))
    }

    @Test("takes its workers with it when it is killed")
    func killed() throws {
        let broker = RunningBroker(stacks)
        let client = try broker.client()
        client.start("hang", "bob", "x")
        client.start("two", "bob", "x")
        _ = try client.receive()
        let children = broker.children
        #expect(broker.stop(SIGKILL) == -1)
        #expect(RunningBroker.eventually { children.allSatisfy { kill($0, 0) < 0 } })
    }

    @Test("gives workers four descriptors, a clean environment, a group of their own and no core dumps")
    func confined() throws {
        let broker = RunningBroker(stacks, ["--nice", "10"])
        defer { broker.stop() }
        let client = try broker.client()
        client.start("two", "bob", "s3cret")
        _ = try client.receive()
        for worker in broker.children {
            let environment = Programs.text(of: "/proc/\(worker)/environ").split(separator: "\0")
            #expect(environment.map { $0.prefix { $0 != "=" } } == ["PATH", "LANG", "SWIFT_BACKTRACE"])
            #expect(RunningBroker.eventually { field(4, of: worker) == "\(worker)" }, "it leads its group")
            #expect(RunningBroker.eventually { field(18, of: worker) == "10" })
            let core = Programs.text(of: "/proc/\(worker)/limits").split(separator: "\n").first {
                $0.contains("core file")
            }
            #expect(core?.split(separator: " ").dropFirst(4).prefix(2) == ["0", "0"])
            #expect(Programs.descriptors(of: worker) == 4)
        }
        #expect(broker.children.count == 2)
    }

    @Test("leaks no descriptor over 200 logins")
    func leaks() throws {
        let broker = RunningBroker(stacks)
        defer { broker.stop() }
        let client = try broker.client()
        #expect(try client.outcome("fine", "bob", "x") == "ok bob")
        /// The last worker has been reaped, and the broker has gone on to the next event since.
        func settled() throws -> Bool {
            guard RunningBroker.eventually({ broker.children.count == 1 }) else { return false }
            return try client.outcome("", "bob", "x") == "serviceUnknown"
        }
        #expect(try settled())
        let before = try #require(Programs.descriptors(of: broker.pid))
        do {
            let more = [try broker.client(), try broker.client()]
            #expect(Programs.descriptors(of: broker.pid) == before + more.count, "the count sees descriptors")
        }
        for _ in 0..<200 { #expect(try client.outcome("fine", "bob", "x") == "ok bob") }
        #expect(try settled())
        #expect(RunningBroker.eventually { Programs.descriptors(of: broker.pid) == before })
    }

    @Test("lets only its client and root in", .enabled(if: Programs.isRoot, "only root may become somebody else"))
    func peers() throws {
        let broker = RunningBroker(stacks, ["--client-uid", "65534"])
        defer { broker.stop() }
        chmod(broker.directory + "/socket", 0o666)
        let connect =
            "import socket,sys;s=socket.socket(1,5);s.connect(sys.argv[1]);s.send(b'\\1\\0\\2');sys.exit(not s.recv(99))"
        func status(_ uid: String) -> Int32 {
            Programs.run(
                ["setpriv", "--reuid", uid, "--clear-groups", "python3", "-c", connect, broker.directory + "/socket"])
        }
        #expect(status("65534") == 0)
        #expect(status("65533") != 0)
        #expect(try broker.client().outcome("fine", "bob", "x") == "ok bob")
    }

    @Test(
        "runs as any user, and cannot be read by it",
        .enabled(if: Programs.isRoot, "only root may become somebody else"))
    func unprivileged() throws {
        let copies = "/tmp/usher-pam-test-programs-\(Random.word())"
        Programs.run(["mkdir", "-m", "755", copies])
        defer { Programs.run(["rm", "-r", copies]) }
        Programs.run(["cp", Programs.broker, Programs.broker + "-worker", Programs.chaosModule, copies])
        let stack =
            "auth required \(copies)/libpam_usher_chaos.so prompts=2\naccount required \(copies)/libpam_usher_chaos.so"
        let broker = RunningBroker(
            ["fine": stack, "unix": "auth required pam_unix.so\naccount required pam_unix.so"],
            program: ["setpriv", "--reuid", "65534", "--clear-groups", copies + "/usher-pam"])
        defer { broker.stop() }
        for file in ["fine", "other", "unix"] { chmod(broker.directory + "/pam.d/" + file, 0o644) }
        let client = try broker.client()
        let transaction = client.start("fine", "bob", "x")
        _ = try client.receive()
        for process in broker.children + [broker.zygote, broker.pid] {
            // A process that is not dumpable belongs to root in proc(5).
            #expect(RunningBroker.eventually { owner(of: "/proc/\(process)/environ") == 0 })
            #expect(Programs.text(of: "/proc/\(process)/status").contains("\nUid:\t65534"))
        }
        client.answer(transaction, ["y"])
        guard case .verdict(let verdict) = try client.receive() else { throw ClientError.gone }
        #expect(verdict.succeeded)
        // Without the group of /etc/shadow pam_unix tells names apart; to clients both are `denied` (PAMCodeTests).
        #expect(try client.outcome("unix", "daemon", "x") == "authentication 9")
        #expect(try client.outcome("unix", "usher-nobody", "x") == "authentication 10")
    }

    @Test(
        "takes the socket that systemd passes by name",
        .enabled(if: Programs.exists("/usr/bin/systemd-socket-activate"), "needs systemd-socket-activate"))
    func activated() throws {
        let path = "/tmp/usher-pam-test-\(Random.word())"
        defer { unlink(path) }
        let pid = Programs.spawn(
            [
                "systemd-socket-activate", "--seqpacket", "-l", path, "--fdname=pam", Programs.broker, "--client-uid",
                "\(geteuid())", "--other", "/etc/pam.d/other", "--services", "su,usher-*",
            ], descriptors: [:])
        var status: Int32 = 0
        defer {
            kill(pid, SIGTERM)
            waitpid(pid, &status, 0)
            #expect(status == 0)
        }
        #expect(RunningBroker.eventually { Programs.exists(path) })
        let socket = usher_unix_socket(Int32(SOCK_SEQPACKET.rawValue), 0)
        #expect(RunningBroker.eventually { usher_connect(socket, path) == 0 })
        let client = PAMClient(socket)
        client.send(.hello(version: PAMLimits.version))
        guard case .hello = try client.receive() else { throw ClientError.gone }
        #expect(try client.outcome("usher-missing", "bob", "x") == "serviceUnknown")
        if Programs.isRoot, Programs.exists("/etc/pam.d/su") {
            let outcome = try client.outcome("su", "root", "x")
            #expect(outcome.hasPrefix("authentication"), "the system's directory, whose su lets root in by pam_rootok")
        }
    }

    @Test(
        "says what is wrong and leaves where it cannot serve",
        arguments: [[], ["--listen-fd", "77"], ["--nice", "20"], ["--listen-fd", "0", "--worker", "/none"]])
    func misuse(_ options: [String]) {
        let result = Programs.output(of: [Programs.broker] + options)
        #expect(result.status != 0 && result.text.contains("Error:"))
    }
}

/// A field of proc(5)'s stat, counted from 0; the name has no space.
private func field(_ index: Int, of process: pid_t) -> Substring {
    Programs.text(of: "/proc/\(process)/stat").split(separator: " ")[index]
}

private func owner(of path: String) -> uid_t {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_uid : .max
}
