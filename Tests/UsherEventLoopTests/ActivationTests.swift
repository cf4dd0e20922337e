import CLinux
import Testing
import UsherEventLoop

@Suite("Socket activation")
struct ActivationTests {
    @Test("outside of it nothing was passed")
    func none() throws {
        #expect(try Activation().entries.isEmpty)
    }

    /// What a service manager would have passed, from descriptor 3 on. Only for a process with one thread: the runtime
    /// has descriptors of its own there, which other threads use.
    private static func activate(_ count: Int, names: String) throws -> Activation {
        for descriptor in 3..<CInt(3 + count) { dup2(0, descriptor) }
        setenv("LISTEN_PID", "\(getpid())", 1)
        setenv("LISTEN_FDS", "\(count)", 1)
        setenv("LISTEN_FDNAMES", names, 1)
        return try Activation()
    }

    @Test("descriptors are found by name, whatever their order")
    func names() async {
        await #expect(processExitsWith: .exitCode(7)) {
            let child = CLinux.fork()
            if child == 0 {
                let activation = try Self.activate(4, names: "ledger:api:board:api")
                let isRight =
                    activation.descriptors(named: "api") == [4, 6] && activation.descriptors(named: "ledger") == [3]
                    && activation.descriptors(named: "limiter").isEmpty && getenv("LISTEN_FDS") == nil
                _exit(isRight ? 7 : 1)
            }
            var status: CInt = 0
            waitpid(child, &status, 0)
            _exit(status >> 8)
        }
    }

    @Test("what was passed to another process is not ours")
    func otherProcess() async {
        await #expect(processExitsWith: .exitCode(7)) {
            setenv("LISTEN_PID", "1", 1)
            setenv("LISTEN_FDS", "2", 1)
            _exit(try Activation().entries.isEmpty ? 7 : 1)
        }
    }

    @Test("nonsense in the environment is an error, not a descriptor", arguments: ["x", "-1", "99999999999"])
    func nonsense(_ count: String) async {
        await #expect(processExitsWith: .exitCode(7)) { [count] in
            setenv("LISTEN_PID", "\(getpid())", 1)
            setenv("LISTEN_FDS", count, 1)
            _exit((try? Activation())?.entries.isEmpty ?? true ? 7 : 1)
        }
    }
}
