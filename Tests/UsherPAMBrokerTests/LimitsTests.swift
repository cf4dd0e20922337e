import CLinux
import Testing
import UsherPAMWire
import UsherSecrets

/// A pipe as a broker's standard error.
private final class Errors {
    let writer: Int32
    private let reader: Int32

    init() {
        var pair: [Int32] = [-1, -1]
        usher_pipe(&pair)
        (reader, writer) = (pair[0], pair[1])
    }

    deinit {
        close(reader)
        close(writer)
    }

    /// What has been written, at most 4 KiB.
    var text: String {
        var bytes = [UInt8](repeating: 0, count: 4096)
        return String(decoding: bytes[..<max(read(reader, &bytes, bytes.count), 0)], as: UTF8.self)
    }
}

/// What a module may do to the limits of processes (getrlimit(2)), all of which have one user.
@Suite("Limits in a module's reach")
struct LimitsTests {
    private static let denied = "authentication 6"

    /// Root's modules run with another real uid than the broker; those of a user have nothing between them.
    @Test(
        "are its own alone: not the broker's, nor its niceness, nor the mark by which its processes are counted",
        arguments: Programs.isRoot ? [nil, "64921"] : [nil])
    func own(_ uid: String?) throws {
        let copies = ProgramCopies()
        defer { copies.remove() }
        let services = ["lower": "lower=DIR/broker", "renice": "renice=DIR/broker", "unmark": "unmark", "own": "own"]
        let broker =
            if let uid {
                copies.broker(of: uid, services, [], limits: ["--core=0:0"])
            } else {
                RunningBroker(services.mapValues { "auth required CHAOS \($0)\naccount required CHAOS" })
            }
        defer { broker.stop() }
        broker.write("broker", "\(broker.pid)\n")
        chmod(broker.directory + "/broker", 0o644)
        let client = try broker.client()
        for service in ["unmark", "renice", "lower"] {
            #expect(try client.outcome(service, "bob", "x") == Self.denied, "\(service)")
        }
        #expect(try client.outcome("own", "bob", "x") == "ok bob")
    }

    @Test("that somebody lowers for the broker end it, so that it is started anew with those of its unit")
    func lowered() throws {
        let errors = Errors()
        let broker = RunningBroker(
            ["fine": "auth required CHAOS prompts=1\naccount required CHAOS"], ["--no-spare"], errors: errors.writer)
        let client = try broker.client()
        #expect(try client.outcome("fine", "bob", "x") == "ok bob")
        #expect(Programs.run(["prlimit", "--pid", "\(broker.pid)", "--nofile=4:4"]) == 0)
        client.start("fine", "bob", "x")
        #expect(broker.stop(0) == 1)
        #expect(errors.text.hasPrefix("<3>usher-pam: "))
    }

    @Test(
        "are for all of a host when memory runs out: its processes are ended before others",
        .enabled(if: Programs.isRoot, "only root may be ended later than before"))
    func memory() throws {
        let broker = RunningBroker(["fine": "auth required CHAOS prompts=2\naccount required CHAOS"], ["--no-spare"])
        defer { broker.stop() }
        let client = try broker.client()
        client.start("fine", "bob", "x")
        guard case .challenge = try client.receive() else { throw ClientError.gone }
        for process in [client.lastWorker, broker.zygote] {
            #expect(Programs.text(of: "/proc/\(process)/oom_score_adj") == "500\n")
        }
    }

    @Test(
        "that let no login be marked end the broker: what has no mark is not counted",
        .enabled(if: Programs.isRoot, "only root may become somebody else"))
    func unmarked() throws {
        let (errors, copies) = (Errors(), ProgramCopies())
        defer { copies.remove() }
        let broker = copies.broker(
            of: "64919", ["fine": "prompts=1"], ["--no-spare"], limits: ["--rttime=1000000:1000000"],
            errors: errors.writer)
        let client = try broker.client()
        client.start("fine", "bob", "x")
        #expect(broker.stop(0) == 1)
        #expect(errors.text.contains("cannot be marked"))
    }

    /// The kernel counts descriptors in flight for a user, against the soft limit of each process that sends more.
    @Test(
        "of descriptors in flight are far below the broker's, so that no login waits for those of another",
        .enabled(if: Programs.isRoot, "only root may become somebody else"))
    func inFlight() throws {
        let copies = ProgramCopies()
        defer { copies.remove() }
        let broker = copies.broker(
            of: "64920", ["flight": "flight=40 prompts=2", "fine": "prompts=1"], ["--no-spare"],
            limits: ["--nofile=1024:8192"])
        defer { broker.stop() }
        let (hostile, good) = (try broker.client(), try broker.client())
        hostile.start("flight", "eve", "x")
        guard case .challenge = try hostile.receive() else { throw ClientError.gone }
        #expect(try good.outcome("fine", "bob", "x") == "ok bob")
        let limits = Programs.text(of: "/proc/\(broker.pid)/limits")
        #expect(limits.contains(/Max open files\s+8192\s+8192\s/))
    }
}
