import CLinux

/// A program that is measured, and what the kernel says of it.
struct Child {
    let process: pid_t

    /// Starts `arguments` on one CPU, or on all. What it writes goes to the file `output`.
    init(_ arguments: [String], environment: [String] = [], cpu: Int? = nil, output: String = "/dev/null") throws {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT, 0o600)
        unsafe posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var argv = unsafe arguments.map { unsafe strdup($0) } + [nil]
        var envp = unsafe (["PATH=/usr/sbin:/usr/bin:/sbin:/bin"] + environment).map { unsafe strdup($0) } + [nil]
        let strings = unsafe argv + envp
        defer { for index in unsafe strings.indices { unsafe free(strings[index]) } }
        let own = affinity()
        if let cpu { pin(to: 1 << UInt(cpu)) }
        defer { pin(to: own) }
        var process: pid_t = 0
        let result = unsafe posix_spawn(&process, arguments[0], &actions, nil, &argv, &envp)
        guard result == 0 else { throw Failure("\(arguments[0]) does not start: error \(result)") }
        self.process = process
    }

    /// Asks it to end and waits until it has.
    func end() {
        kill(process, SIGTERM)
        waitpid(process, nil, 0)
    }

    /// Waits until it has ended.
    func wait() { waitpid(process, nil, 0) }

    /// Ends it as a crash would.
    func crash() {
        kill(process, SIGKILL)
        waitpid(process, nil, 0)
    }

    /// CPU time of its main thread so far, in nanoseconds (proc(5), schedstat).
    var cpuTime: Double {
        let figures = file("/proc/\(process)/schedstat").split(separator: " ")
        return figures.first.flatMap { Double($0) } ?? 0
    }

    /// Resident memory and its proportional share, in KiB (proc(5), smaps_rollup).
    var memory: (resident: Int, share: Int) {
        var figures: [Substring: Int] = [:]
        for line in file("/proc/\(process)/smaps_rollup").split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count > 1 { figures[words[0]] = Int(words[1]) }
        }
        return (figures["Rss:"] ?? 0, figures["Pss:"] ?? 0)
    }

    /// Its children.
    var children: [Child] {
        file("/proc/\(process)/task/\(process)/children").split(separator: " ").compactMap { pid_t($0) }.map(Child.init)
    }

    /// Lets its descendants run on those CPUs alone, behind all that has a priority (sched(7)).
    func putDescendantsBehind(on cpus: UInt) {
        for child in children {
            var (set, priority) = (cpu_set_t(), sched_param(sched_priority: 0))
            set.__bits.0 = cpus
            unsafe sched_setaffinity(child.process, MemoryLayout<cpu_set_t>.size, &set)
            unsafe sched_setscheduler(child.process, SCHED_OTHER, &priority)
            child.putDescendantsBehind(on: cpus)
        }
    }

    /// The name of its program.
    var name: String { String(file("/proc/\(process)/comm").prefix { $0 != "\n" }) }

    private init(_ process: pid_t) { self.process = process }
}

/// The CPUs on which this process may run, one bit each.
func affinity() -> UInt {
    var set = cpu_set_t()
    unsafe sched_getaffinity(0, MemoryLayout<cpu_set_t>.size, &set)
    return set.__bits.0
}

/// Lets this process run on those CPUs alone.
func pin(to cpus: UInt) {
    var set = cpu_set_t()
    set.__bits.0 = cpus
    unsafe sched_setaffinity(0, MemoryLayout<cpu_set_t>.size, &set)
}

/// The path of a program that lies beside this one.
func beside(_ name: String) -> String {
    var path = [CChar](repeating: 0, count: 4096)
    let count = unsafe readlink("/proc/self/exe", &path, path.count)
    let text = String(decoding: path.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return text[..<(text.lastIndex(of: "/") ?? text.startIndex)] + "/" + name
}

/// The text of a small file; empty where it cannot be read.
func file(_ path: String) -> String {
    let descriptor = unsafe usher_open(path, O_RDONLY, 0)
    guard descriptor >= 0 else { return "" }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    var count = 0
    while true {
        let got = unsafe bytes.withUnsafeMutableBytes {
            unsafe read(descriptor, $0.baseAddress?.advanced(by: count), $0.count - count)
        }
        if got <= 0 { return String(decoding: bytes[..<count], as: UTF8.self) }
        count += got
    }
}

/// Nanoseconds of CLOCK_MONOTONIC.
func nanoseconds() -> Int64 { usher_clock(CLOCK_MONOTONIC) }

/// A directory that is there for the length of `body`.
func withTemporaryDirectory(_ body: (String) throws -> Void) throws {
    var template = Array("/tmp/usher-benchmark-XXXXXX".utf8CString)
    guard unsafe mkdtemp(&template) != nil else { throw Failure("no temporary directory") }
    let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer { try? Child(["/bin/rm", "-rf", path]).wait() }
    try body(path)
}

/// A connected socket, once somebody listens at `path`; `patience` is in seconds.
func connected(to path: String, patience: Double = 60) throws -> CInt {
    let socket = usher_unix_socket(CInt(SOCK_STREAM.rawValue), 0)
    let until = nanoseconds() + Int64(patience * 1e9)
    while unsafe usher_connect(socket, path) < 0 {
        guard nanoseconds() < until else { throw Failure("nobody listens at \(path)") }
        usleep(100)
    }
    return socket
}

/// Lets this process run behind the load and the daemon of ``HostileBenchmark``, and before all else (sched(7)).
func goBehindLoad() {
    var priority = sched_param(sched_priority: 1)
    unsafe sched_setscheduler(0, SCHED_RR, &priority)
}
