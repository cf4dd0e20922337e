internal import CLinux
public import UsherClient
internal import UsherPOSIX

/// A session daemon for one test: `usherd --dev` in a temporary directory, with the users that the test names. When
/// this object goes, the daemon ends and its directory is removed. The daemon also ends with the test's process,
/// however that ends.
///
/// ```swift
/// import Testing
/// import UsherClient
/// import UsherTesting
///
/// @Test func greets() async throws {
///     let bob = TestUser("bob", oneTimeCode: "123456")
///     let daemon = try TestDaemon(users: ["ada", bob])
///     let login = try await daemon.login("ada")
///     #expect(try await daemon.client.validate(login.token)?.user == "ada")
/// }
/// ```
///
/// Neither root nor systemd is needed. The programs are those of the installed package, or of a build of Usher, whose
/// directory is `programs` or the environment's `USHER_PROGRAMS`.
public final class TestDaemon: Sendable {
    /// The daemon's directory; its journal is the file `log` in it.
    public let directory: String
    /// The users.
    public let users: [TestUser]
    /// A client of the daemon. The test may use it and must not close it.
    public let client: UsherClient
    private let program: String
    private let process = Locked<TestDaemonProcess?>(nil)

    /// Starts one and waits until it listens, which blocks the thread for some hundred milliseconds.
    ///
    /// - Parameters:
    ///   - users: The users that the daemon knows.
    ///   - refusalDelay: How long a refused login takes at least, 50 ms or more; a second by default outside of tests.
    ///   - configuration: More of usherd.toml(5), for example a `[[client]]`, or a `[[service]]` besides `default`.
    ///   - programs: Directory with `usherd` and the programs that it starts; nil for `USHER_PROGRAMS`, or, if that is
    ///     not set, the first of this program's directory and `/usr/sbin` that has `usherd`.
    public init(
        users: [TestUser] = ["ada"], refusalDelay: Duration = .milliseconds(50), configuration: String = "",
        programs: String? = nil
    ) throws(TestDaemonError) {
        self.users = users
        program = try Self.find(programs) + "/usherd"
        directory = try Self.makeDirectory()
        client = UsherClient(.development(directory: directory))
        let milliseconds = Int64(refusalDelay / .milliseconds(1))
        let service = "[[service]]\nname = \"default\"\nfloor = \"\(milliseconds)ms\"\n"
        try Self.write(configuration + "\n" + service, to: directory + "/usherd.toml")
        try start()
    }

    deinit {
        client.close()
        stop()
        Self.remove(directory)
    }

    /// The user called `name`. Precondition: there is one.
    public func user(_ name: String) -> TestUser {
        guard let user = users.first(where: { $0.name == name }) else { preconditionFailure("no user \(name)") }
        return user
    }

    /// Logs a user in, with its code where one is asked for. An expired password becomes `newPassword`.
    public func login(
        _ name: String, newPassword: String? = nil, context: [String: String] = [:]
    ) async throws(UsherError) -> Login {
        let user = user(name)
        return try await client.login(user: name, password: user.secret, context: context) {
            user.answers(to: $0, newPassword: newPassword)
        }
    }

    /// Ends the daemon, with SIGKILL if that takes 20 seconds, and waits for its end. All sessions end with it.
    public func stop() {
        process.withLock { $0.take() }?.end()
    }

    /// Starts the daemon again after ``stop()``, without sessions and with the same passwords.
    public func start() throws(TestDaemonError) {
        var arguments = ["usherd", "--dev", "--directory", directory, "--parent", "\(getpid())"]
        arguments += ["--config", directory + "/usherd.toml"] + users.flatMap { ["--user", $0.option] }
        let fresh = try TestDaemonProcess(program, arguments, log: directory + "/log")
        try fresh.waitUntilItListens(at: directory + "/usher.sock")
        process.withLock { $0 = fresh }
    }

    // MARK: Files

    private static func find(_ programs: String?) throws(TestDaemonError) -> String {
        let named = unsafe programs ?? getenv("USHER_PROGRAMS").map { unsafe String(cString: $0) }
        let places = named.map { [$0] } ?? [OwnProgram.directory, "/usr/sbin"]
        guard let place = places.first(where: { unsafe access($0 + "/usherd", X_OK) == 0 }) else {
            throw TestDaemonError(
                "no usherd in \(places.joined(separator: " or ")): install the package usher, or set USHER_PROGRAMS to "
                    + "the directory of a build")
        }
        return place
    }

    private static func makeDirectory() throws(TestDaemonError) -> String {
        do throws(SystemError) { return try TemporaryDirectory.make("usher-test-") } catch {
            throw TestDaemonError("/tmp", error)
        }
    }

    private static func write(_ text: String, to path: String) throws(TestDaemonError) {
        do throws(SystemError) { try SmallFile.replace(path, with: Array(text.utf8), mode: 0o600) } catch {
            throw TestDaemonError(path, error)
        }
    }

    /// Removes the directory and what is in it, one level of directories deep as `--dev` makes it, deeper as needed.
    private static func remove(_ path: String) {
        for name in (try? DirectoryNames.sorted(in: path)) ?? [] {
            let entry = path + "/" + name
            if unsafe unlink(entry) != 0 { remove(entry) }
        }
        unsafe rmdir(path)
    }
}
