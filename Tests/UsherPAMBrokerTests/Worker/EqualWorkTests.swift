import CLinux
import Testing
import UsherPAMWire
import UsherSecrets

@testable import UsherPAMWorker

@Suite("Equal work of refusals", .serialized)
struct EqualWorkTests {
    private static let stacks = [
        "refuses": "auth required pam_deny.so",
        "hashes": "auth required DEV file=users\naccount required DEV file=users",
        "fails": "auth required pam_permit.so\naccount required pam_deny.so",
    ]
    private static let work = PAMWork(microseconds: 40_000)
    private static let logins = 8

    /// Processor time of the broker's children that have ended, in microseconds: cutime and cstime of proc(5), in
    /// ticks.
    private func used(_ broker: RunningBroker) throws -> Int {
        #expect(RunningBroker.eventually { broker.children.count == 1 }, "a spare is left")
        let fields = Programs.text(of: "/proc/\(broker.pid)/stat").split(separator: " ")
        let (user, system) = (try #require(Int(fields[15])), try #require(Int(fields[16])))
        return (user + system) * (1_000_000 / Int(sysconf(CInt(_SC_CLK_TCK))))
    }

    private func cost(
        _ service: String, _ work: PAMWork, phase: PAMVerdict.Phase = .authentication, of name: String? = nil
    ) throws -> Int {
        let broker = RunningBroker(Self.stacks, ["--minimum-uid", "1"])
        defer { broker.stop() }
        let client = try broker.client()
        let before = try used(broker)
        for number in 0..<Self.logins {
            client.start(service, name ?? "nobody\(number)", "wrong", work: work)
            guard case .verdict(let verdict) = try client.receive() else { throw ClientError.gone }
            #expect(verdict.phase == phase && !verdict.succeeded && verdict.work == .none)
        }
        return try used(broker) - before
    }

    @Test("a refusal takes the processor time that it is given, where the modules took less")
    func reached() throws {
        // A tick is lost at most for each worker.
        let least = Int(Self.work.microseconds) * Self.logins * 3 / 4
        #expect(try cost("refuses", Self.work) >= least)
        #expect(try cost("hashes", Self.work, of: "root") >= least, "refused before any module runs")
    }

    @Test("nobody works for a refusal of the account phase, nor where no work is given")
    func spared() throws {
        let least = Int(Self.work.microseconds) * Self.logins * 3 / 4
        #expect(try cost("refuses", .none) < least)
        #expect(try cost("fails", Self.work, phase: .account) < least)
    }

    @Test(
        "is reached by a clock that moves on with each look at it, whatever it says then",
        arguments: 1...8 as ClosedRange<UInt32>)
    func clockMoves(_ step: UInt32) {
        for first in 0...20 as ClosedRange<UInt32> {
            var (time, hashes) = (first, 0)
            let clock = {
                defer { time += step }
                return PAMWork(microseconds: time)
            }
            EqualWork.reach(PAMWork(microseconds: 20), by: clock) { _ in hashes += 1 }
            #expect(time >= 20 && (hashes > 0) == (first < 20), "from \(first) on")
        }
    }

    @Test("a login that succeeds tells what the modules took")
    func told() throws {
        let broker = RunningBroker(Self.stacks)
        defer { broker.stop() }
        let hash = Programs.output(of: [
            "python3", "-c",
            """
            import ctypes;c=ctypes.CDLL("libcrypt.so.1");c.crypt.restype=ctypes.c_char_p
            print(c.crypt(b"right",b"$6$rounds=100000$usher").decode())
            """,
        ]).text
        broker.write("users", "dev:" + hash)
        guard case .verdict(let verdict) = try broker.client().login("hashes", "dev", "right").report else {
            throw ClientError.gone
        }
        #expect(verdict.succeeded && verdict.work > PAMWork(microseconds: 10_000))
    }
}
