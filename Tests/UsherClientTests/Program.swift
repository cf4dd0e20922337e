import CLinux

/// A program that was started with its standard input and output in the test's hands (standard error goes to the output
/// too).
final class Program {
    private let pid: pid_t
    private let input: Int32
    private let output: Int32
    private(set) var printed = ""

    /// usherctl as it was built beside the tests.
    static var usherctl: String {
        var path = [UInt8](repeating: 0, count: 4096)
        let count = path.withUnsafeMutableBytes { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
                readlink("/proc/self/exe", $0.baseAddress.unsafelyUnwrapped, $0.count)
            }
        }
        let own = String(decoding: path[..<max(0, count)], as: UTF8.self)
        return own.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/usherctl"
    }

    /// posix_spawn(3) of `path`, with `environment` alone. What ends in the middle of its work has not let go of
    /// everything: to a program built with LeakSanitizer that is no leak.
    init(_ arguments: [String], path: String = usherctl, environment: [String] = []) {
        var (stdin, stdout): ([Int32], [Int32]) = ([0, 0], [0, 0])
        precondition(usher_socketpair(Int32(SOCK_STREAM.rawValue), 0, &stdin) == 0)
        precondition(usher_socketpair(Int32(SOCK_STREAM.rawValue), 0, &stdout) == 0)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, stdin[1], 0)
        posix_spawn_file_actions_adddup2(&actions, stdout[1], 1)
        posix_spawn_file_actions_adddup2(&actions, stdout[1], 2)
        var child: pid_t = 0
        let variables = environment + ["ASAN_OPTIONS=detect_leaks=0"]
        let failed = Self.withPointers([path] + arguments) { arguments in
            Self.withPointers(variables) { posix_spawn(&child, path, &actions, nil, arguments, $0) }
        }
        precondition(failed == 0, "cannot start \(path)")
        posix_spawn_file_actions_destroy(&actions)
        close(stdin[1])
        close(stdout[1])
        (pid, input, output) = (child, stdin[0], stdout[0])
    }

    private static func withPointers<R>(
        _ texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> R
    ) -> R {
        let pointers = texts.map { strdup($0) } + [nil]
        defer { for pointer in pointers { pointer?.deallocate() } }
        return pointers.withUnsafeBufferPointer { body($0.baseAddress.unsafelyUnwrapped) }
    }

    /// Waits until `text` was printed; false when the program ended without it.
    func prints(_ text: String) -> Bool {
        while printed.range(ofText: text) == nil {
            var room = [UInt8](repeating: 0, count: 4096)
            let got = recv(output, &room, room.count, 0)
            guard got > 0 else { return false }
            printed += String(decoding: room[..<got], as: UTF8.self)
        }
        return true
    }

    func signal(_ number: Int32) { kill(pid, number) }

    func type(_ text: String) { usher_send(input, text, text.utf8.count, -1) }

    /// Ends its input, takes all of its output, and returns its exit status (128 and the signal if it was killed).
    func finish() -> Int32 {
        close(input)
        _ = prints("\u{0}")
        close(output)
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 {}
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + status & 0x7F
    }
}
