import CLinux
import Testing
import UsherPAMWire

/// What the kernel of this host offers.
private let kernel = usher_separation(2)

/// The program that a module started for another login; it holds the password.
private let helper = """
    #!/bin/sh
    read -r secret
    echo $$ > DIR/helper
    sleep 60
    """

private func broker(_ options: [String]) -> RunningBroker {
    let broker = RunningBroker(
        [
            "helped": "auth required pam_exec.so quiet expose_authtok DIR/help\naccount required pam_permit.so",
            "peek": "auth required CHAOS peek=DIR/helper\naccount required CHAOS",
            "peekbroker": "auth required CHAOS peek=DIR/broker\naccount required CHAOS",
            "strike": "auth required CHAOS strike=DIR/helper\naccount required CHAOS",
            "strikebroker": "auth required CHAOS strike=DIR/broker\naccount required CHAOS",
            "fine": "auth required CHAOS fork move=DIR/moved\naccount required CHAOS",
        ], options)
    broker.write("help", helper.replacing("DIR", with: broker.directory))
    chmod(broker.directory + "/help", 0o755)
    // Programs of modules run as nobody where root runs the broker.
    chmod(broker.directory, 0o777)
    broker.write("broker", "\(broker.pid)\n")
    return broker
}

/// Three times: as this kernel does, as Debian 12's without the scope of signals does, and as one without Landlock
/// does.
@Suite("Separation of logins", .enabled(if: kernel > 0, "needs Landlock"))
struct SeparationTests {
    private static let denied = "authentication 6"

    @Test(
        "keeps a module from the memory of what another login started, and from signals where the kernel can",
        arguments: [
            ([], kernel > 0, kernel > 1), (["--ignore-signal-scope"], true, false),
            (["--ignore-landlock"], false, false),
        ])
    func separates(_ options: [String], _ memory: Bool, _ signals: Bool) throws {
        let broker = broker(options)
        defer {
            unlink(broker.directory + "/helper")
            broker.stop()
        }
        let helped = try broker.client()
        helped.start("helped", "ada", "correct horse")
        #expect(RunningBroker.eventually { Programs.text(of: broker.directory + "/helper").hasSuffix("\n") })
        let client = try broker.client()
        #expect(try client.outcome("peek", "bob", "x") == (memory ? Self.denied : "ok bob"))
        #expect(try client.outcome("strike", "bob", "x") == (signals ? Self.denied : "ok bob"))
        #expect(try client.outcome("strikebroker", "bob", "x") == (signals ? Self.denied : "ok bob"))
        // Root may read a process that is not dumpable, but not from a domain.
        if memory { #expect(try client.outcome("peekbroker", "bob", "x") == Self.denied) }
    }

    @Test(
        "leaves a module its own processes and its files",
        arguments: [[], ["--ignore-signal-scope"], ["--ignore-landlock"]])
    func leaves(_ options: [String]) throws {
        let broker = broker(options)
        defer { broker.stop() }
        #expect(try broker.client().outcome("fine", "bob", "x") == "ok bob")
        #expect(RunningBroker.eventually { broker.children.count == 1 }, "the child that it left is gone")
    }

    @Test("is missing on a kernel without Landlock, which is said once", arguments: [true, false])
    func missing(_ ignores: Bool) throws {
        let stack = ["fine": "auth required CHAOS prompts=1\naccount required CHAOS"]
        var pair: [Int32] = [-1, -1]
        usher_pipe(&pair)
        let broker = RunningBroker(stack, ignores ? ["--ignore-landlock"] : [], errors: pair[1])
        close(pair[1])
        defer { close(pair[0]) }
        let client = try broker.client()
        for _ in 0..<3 { #expect(try client.outcome("fine", "bob", "x") == "ok bob") }
        broker.stop()
        var bytes = [UInt8](repeating: 0, count: 4096)
        let said = String(decoding: bytes[..<max(read(pair[0], &bytes, bytes.count), 0)], as: UTF8.self)
        #expect(said.matches(of: /logins are not kept apart by Landlock/).count == (ignores ? 1 : 0), "\(said)")
    }
}
