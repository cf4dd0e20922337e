import CLinux

/// Why a measurement was given up.
struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// A program that was started.
struct Child {
    private let process: pid_t

    /// posix_spawn(3) on one CPU; what it writes goes nowhere.
    init(_ arguments: [String], cpu: UInt = 1) throws {
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        unsafe usher_spawn_resets(&attributes, 0)  // threads of tasks have all signals blocked
        let own = affinity()
        pin(to: 1 << cpu)
        defer { pin(to: own) }
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var argv = unsafe arguments.map { unsafe strdup($0) } + [nil]
        var envp = unsafe [strdup("PATH=/usr/sbin:/usr/bin:/sbin:/bin"), nil]
        var process: pid_t = 0
        let result = unsafe posix_spawn(&process, arguments[0], &actions, &attributes, &argv, &envp)
        guard result == 0 else { throw Failure("\(arguments[0]) does not start: error \(result)") }
        self.process = process
    }

    /// Asks it to end and waits until it has.
    func end() {
        kill(process, SIGTERM)
        waitpid(process, nil, 0)
    }
}

/// The CPUs on which this thread may run, one bit each.
func affinity() -> UInt {
    var set = cpu_set_t()
    unsafe sched_getaffinity(0, MemoryLayout<cpu_set_t>.size, &set)
    return set.__bits.0
}

/// Lets this thread run on those CPUs alone.
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

/// A directory that is there for the length of `body`.
func withTemporaryDirectory(_ body: (String) async throws -> Void) async throws {
    var template = Array("/tmp/usher-benchmark-XXXXXX".utf8CString)
    guard unsafe mkdtemp(&template) != nil else { throw Failure("no temporary directory") }
    let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer { try? Child(["/bin/rm", "-rf", path]).end() }
    try await body(path)
}

/// Runs `body` on two threads at once, each with its number; the times of both.
func inTwoThreads(_ body: @escaping @Sendable (Int) -> [Double]) throws -> [Double] {
    let other = Other(body)
    var thread = pthread_t()
    let failed = unsafe pthread_create(
        &thread, nil,
        { context in
            guard let context = unsafe context else { return nil }
            let other = unsafe Unmanaged<Other>.fromOpaque(context).takeUnretainedValue()
            other.times = other.body(1)
            return nil
        }, Unmanaged.passUnretained(other).toOpaque())
    guard failed == 0 else { throw Failure("no thread") }
    let times = body(0)
    pthread_join(thread, nil)
    return times + other.times
}

/// What the second thread does; it alone writes `times`, until it is joined.
private final class Other: @unchecked Sendable {
    let body: @Sendable (Int) -> [Double]
    var times: [Double] = []

    init(_ body: @escaping @Sendable (Int) -> [Double]) { self.body = body }
}

extension String {
    /// With spaces behind it to that width; in front of it where that is negative.
    func padded(_ width: Int) -> String {
        let spaces = String(repeating: " ", count: max(0, abs(width) - count))
        return width < 0 ? spaces + self : self + spaces
    }
}
