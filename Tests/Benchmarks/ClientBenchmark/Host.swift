import CLinux

/// Why a measurement was given up.
struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// A program that was started.
struct Child {
    private let process: pid_t

    /// posix_spawn(3); what it writes goes nowhere.
    init(_ arguments: [String]) throws {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var argv = unsafe arguments.map { unsafe strdup($0) } + [nil]
        var envp = unsafe [strdup("PATH=/usr/sbin:/usr/bin:/sbin:/bin"), nil]
        var process: pid_t = 0
        let result = unsafe posix_spawn(&process, arguments[0], &actions, nil, &argv, &envp)
        guard result == 0 else { throw Failure("\(arguments[0]) does not start: error \(result)") }
        self.process = process
    }

    /// Asks it to end and waits until it has.
    func end() {
        kill(process, SIGTERM)
        unsafe waitpid(process, nil, 0)
    }
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

/// Runs `body` on two threads at once, each with its number.
func inTwoThreads<R>(_ body: (Int) throws -> R) throws -> [R] {
    try withoutActuallyEscaping(body) { body in
        let both = Both(body)
        var thread = pthread_t()
        let failed = unsafe pthread_create(
            &thread, nil,
            { context in
                guard let context = unsafe context else { return nil }
                unsafe Unmanaged<Both<R>>.fromOpaque(context).takeUnretainedValue().run(1)
                return nil
            }, Unmanaged.passUnretained(both).toOpaque())
        guard failed == 0 else { throw Failure("no thread") }
        both.run(0)
        unsafe pthread_join(thread, nil)
        return try both.results.map { try $0?.get() ?? { throw Failure("no result") }() }
    }
}

/// What two threads do; each writes its own result.
private final class Both<R> {
    private let body: (Int) throws -> R
    private var first: Result<R, any Error>?
    private var second: Result<R, any Error>?
    var results: [Result<R, any Error>?] { [first, second] }

    init(_ body: @escaping (Int) throws -> R) { self.body = body }

    func run(_ number: Int) {
        let result = Result { try body(number) }
        if number == 0 { first = result } else { second = result }
    }
}

extension String {
    /// With spaces behind it to that width; in front of it where that is negative.
    func padded(_ width: Int) -> String {
        let spaces = String(repeating: " ", count: max(0, abs(width) - count))
        return width < 0 ? spaces + self : self + spaces
    }
}
