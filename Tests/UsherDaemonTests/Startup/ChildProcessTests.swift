import CLinux
import Testing
import UsherEventLoop
import UsherPOSIX
import UsherTestKit

@testable import UsherDaemon

/// Each in a process of its own: children that nobody waits for would disturb whoever else waits there.
@Suite("Child process")
struct ChildProcessTests {
    /// Runs `script` with descriptor 3 until `isDone` says so of what it has written there; that, and the time it took.
    private static func run(
        _ script: String, isDone: @escaping ([UInt8], ChildProcess?) -> Bool
    ) throws -> (heard: String, time: Int64) {
        Signals.block([SIGCHLD])
        var pair: [CInt] = [-1, -1]
        _ = try SystemError.check(usher_socketpair(CInt(SOCK_STREAM.rawValue), 1, &pair), "socketpair")
        let (own, loop) = (TestSocket(owning: pair[0]), try EventLoop())
        var heard: [UInt8] = []
        var process: ChildProcess?
        let source = try loop.watch(pair[0]) { _ in
            heard += own.receive() ?? []
            if isDone(heard, process) { loop.exit(0) }
        }
        process = try ChildProcess(["/bin/sh", "-c", script], inherited: FileDescriptor(owning: pair[1]), loop: loop)
        let start = usher_boottime()
        _ = try loop.run()
        process?.end()
        source.isEnabled = false
        return (String(decoding: heard, as: UTF8.self), usher_boottime() - start)
    }

    @Test("has descriptor 3 and a clean environment, and is started again after a pause when it ends")
    func restart() async {
        await #expect(processExitsWith: .exitCode(7)) {
            setenv("USHER_TEST_SECRET", "1", 1)
            let script = #"[ -z "$USHER_TEST_SECRET" ] && [ ! -e /proc/self/fd/9 ] && printf a >&3; exit 1"#
            let (heard, time) = try Self.run(script) { heard, _ in heard.count == 2 }
            _exit(heard == "aa" && time > 900_000_000 ? 7 : 1)
        }
    }

    @Test("ends when it is told to")
    func end() async {
        await #expect(processExitsWith: .exitCode(7)) {
            let script = "trap 'printf t >&3; exit 0' TERM; printf a >&3; while :; do sleep 1 & wait; done"
            let (heard, _) = try Self.run(script) { heard, process in
                if heard == Array("a".utf8) { process?.end() }
                return heard.last == UInt8(ascii: "t")
            }
            _exit(heard == "at" ? 7 : 1)
        }
    }

    @Test("a program that is not there is an error at once")
    func absent() throws {
        #expect(throws: SystemError("posix_spawn", code: ENOENT)) {
            try ChildProcess(
                ["/nowhere/usher-pam"], inherited: FileDescriptor(owning: usher_open("/dev/null", O_RDONLY, 0)),
                loop: EventLoop())
        }
    }
}
