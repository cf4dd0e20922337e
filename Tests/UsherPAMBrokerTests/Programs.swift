import CLinux
import Testing

/// The built products that these tests run: they lie beside the test bundle.
enum Programs {
    /// Another directory can be given by USHER_PROGRAMS, to test an optimised build or what is installed.
    static let directory: String = {
        if let given = variable("USHER_PROGRAMS") { return given }
        let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? CommandLine.arguments[0]
        let end = bundle.lastIndex(of: "/") ?? bundle.startIndex
        return String(bundle[..<end])
    }()
    static let broker = directory + "/usher-pam"
    static let devModule = directory + "/libpam_usher_dev.so"
    static let chaosModule = directory + "/libpam_usher_chaos.so"

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// A variable of the environment.
    static func variable(_ name: String) -> String? {
        text(of: "/proc/self/environ").split(separator: "\0").first { $0.hasPrefix(name + "=") }
            .map { String($0.dropFirst(name.count + 1)) }
    }

    static let isRoot = geteuid() == 0

    /// How the broker is started with the file `accounts` as its /etc/passwd and only database of accounts. All of /etc
    /// is its own: what is mounted over a file of the host is gone as soon as another file is renamed to that name
    /// (rename(2)), and tests that make accounts beside this one do that by useradd(8). Whose lock comes and goes while
    /// cp(1) reads the directory; a file that is needed and missing is told by mount(8).
    static func broker(accounts: String) -> [String] {
        let mounts = """
            mount -t tmpfs none /mnt && { cp -a /etc /mnt 2>/dev/null; echo 'passwd: files' >/mnt/etc/nsswitch.conf; } \
            && mount --bind "$0" /mnt/etc/passwd && mount --rbind /mnt/etc /etc && exec "$@"
            """
        return ["unshare", "-m", "sh", "-c", mounts, accounts, broker]
    }

    /// Runs a program with nothing on its standard input and output but `input`; its exit status, -1 for a signal.
    @discardableResult
    static func run(_ arguments: [String], input: String = "") -> Int32 {
        output(of: arguments, input: input).status
    }

    /// Runs a program; its exit status and what it wrote.
    static func output(of arguments: [String], input: String = "") -> (status: Int32, text: String) {
        var into: [Int32] = [0, 0]
        var from: [Int32] = [0, 0]
        usher_socketpair(Int32(SOCK_STREAM.rawValue), 0, &into)
        usher_socketpair(Int32(SOCK_STREAM.rawValue), 0, &from)
        let pid = spawn(arguments, descriptors: [0: into[1], 1: from[1], 2: from[1]])
        close(into[1])
        close(from[1])
        _ = Array(input.utf8).withUnsafeBytes { usher_send(into[0], $0.baseAddress, $0.count, -1) }
        close(into[0])
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 4096)
        while case let count = read(from[0], &part, part.count), count > 0 { bytes += part[..<count] }
        close(from[0])
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        return (status & 0x7F == 0 ? status >> 8 & 0xFF : -1, String(decoding: bytes, as: UTF8.self))
    }

    /// Starts a program with these descriptors and no others; nil ones are /dev/null.
    static func spawn(_ arguments: [String], descriptors: [Int32: Int32], environment: [String] = []) -> pid_t {
        var files = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&files)
        defer { posix_spawn_file_actions_destroy(&files) }
        for (number, descriptor) in descriptors { posix_spawn_file_actions_adddup2(&files, descriptor, number) }
        posix_spawn_file_actions_addclosefrom_np(&files, 10)
        var pid: pid_t = 0
        // The second one is for programs built with AddressSanitizer, which looks for leaks in a way that they do not
        // allow.
        let variables = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "ASAN_OPTIONS=detect_leaks=0"]
        let failed = withList(arguments) { list in
            withList(environment + variables) { variables in
                posix_spawnp(&pid, arguments[0], &files, nil, list, variables)
            }
        }
        precondition(failed == 0, "cannot start \(arguments[0])")
        return pid
    }

    private static func withList<R>(
        _ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> R
    ) -> R {
        var bytes: [CChar] = strings.flatMap { string in string.utf8CString }
        return bytes.withUnsafeMutableBufferPointer { bytes in
            var list: [UnsafeMutablePointer<CChar>?] = []
            var at = 0
            for string in strings {
                list.append(bytes.baseAddress.map { $0 + at })
                at += string.utf8.count + 1
            }
            list.append(nil)
            return body(&list)
        }
    }
}
