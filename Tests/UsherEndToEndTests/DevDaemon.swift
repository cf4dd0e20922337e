import CLinux
import UsherTestKit

/// A running `usherd --dev`, ended with its children, and its directory removed, at the latest with this value.
///
/// Services are added by name: the text of their PAM file, and what their `[[service]]` entry says. The entry of the
/// service `default` is there always.
final class DevDaemon {
    /// A service besides `default`.
    struct Service {
        /// Its name, also for PAM.
        var name: String
        /// The text of the PAM file; `CHAOS` and `DEV` stand for the paths of the project's modules, `DIR` for the
        /// daemon's directory.
        var stack: String
        /// Further keys of its entry.
        var keys = ""
        /// Whether names without an account may log in, such as those that the tests make up.
        var allowsNoAccount = true

        /// One whose authentication is the misbehaving module with these arguments.
        static func chaos(_ name: String, _ arguments: String, keys: String = "") -> Service {
            Service(
                name: name, stack: "auth required CHAOS \(arguments)\naccount required CHAOS \(arguments)", keys: keys)
        }
    }

    private let parent: TestDirectory
    /// The directory that was given to `--directory`.
    let directory: String
    private let arguments: [String]
    private let environment: [String]
    private(set) var process: TestProcess

    /// Starts one and waits until it answers. `limits` are keys of `[limits]`, `clients` entries of their own;
    /// `wrapper` is put before the command and `options` behind it.
    init(
        _ services: [Service] = [], floor: String = "50ms", limits: String = "", clients: String = "",
        wrapper: [String] = [],
        environment: [String] = [], owner: UInt32? = nil, options: [String] = []
    ) throws {
        parent = try TestDirectory()
        directory = parent.makeDirectory("d")
        try Self.write(services, floor: floor, limits: limits, clients: clients, to: directory)
        if let owner { Self.give(directory, to: owner) }
        arguments =
            wrapper + [Built.usherd, "--dev", "--directory", directory, "--config", "\(directory)/usherd.toml"]
            + options
        self.environment = environment
        process = try TestProcess(arguments, output: parent.path("log"), environment: environment)
        try waitUntilServing()
    }

    deinit { kill() }

    private static func write(
        _ services: [Service], floor: String, limits: String, clients: String, to directory: String
    ) throws {
        mkdir("\(directory)/pam.d", 0o700)
        var text = "[limits]\nlogins_per_source = 64\n\(limits)\n\(clients)\n"
        for service in [Service(name: "default", stack: "")] + services {
            text +=
                "[[service]]\nname = \"\(service.name)\"\nallow_no_account = \(service.allowsNoAccount)\n\(service.keys)\n"
            if !service.keys.contains("floor") { text += "floor = \"\(floor)\"\n" }
            let stack = service.stack.replacing("CHAOS", with: Built.chaosModule)
                .replacing("DEV", with: "\(Built.devModule) file=\(directory)/users")
                .replacing("DIR", with: directory)
            try File.write(stack + "\n", to: "\(directory)/pam.d/\(service.name)")
        }
        try File.write(text, to: "\(directory)/usherd.toml")
    }

    private static func give(_ path: String, to owner: UInt32) {
        chown(path, owner, owner)
        for name in File.names(path) where !name.hasPrefix(".") { give("\(path)/\(name)", to: owner) }
    }

    private func waitUntilServing() throws {
        try eventually("usherd answers: \(log)") {
            guard process.isRunning else { throw TestFailure("usherd ended: \(log)") }
            return (try? client().call("server.ping").result) == [:]
        }
    }

    // MARK: Use

    /// Where it listens.
    var socket: String { "\(directory)/usher.sock" }
    /// What it and the broker wrote.
    var log: String { process.written }
    /// Empties the log, which grows for as long as the daemon runs.
    func clearLog() { truncate(parent.path("log"), 0) }
    /// The generated credentials.
    var credentials: JSONValue { JSONValue(json: File.bytes("\(directory)/login.json")) ?? .null }
    /// The generated user.
    var user: String { credentials["user"]?.text ?? "" }
    /// The generated password.
    var password: String { credentials["password"]?.text ?? "" }
    /// The broker that it started; 0 while there is none.
    var broker: pid_t {
        ProcessTable.children(of: process.pid).first { ProcessTable.name(of: $0) == "usher-pam" } ?? 0
    }
    /// The workers that run, and whatever else is below the broker but the zygote.
    var workers: [pid_t] {
        let zygote = zygote
        return broker == 0 ? [] : ProcessTable.descendants(of: broker).filter { $0 != zygote }
    }
    /// The process that workers are forked from; 0 while there is none. They have its name at first, but a higher
    /// number.
    var zygote: pid_t {
        let family = broker == 0 ? [] : ProcessTable.children(of: broker)
        return family.filter { ProcessTable.name(of: $0) == "usher-zygote" }.min() ?? 0
    }

    /// A connection of its own; of another user, where root runs the tests.
    func client(as uid: UInt32? = nil) throws -> TestClient { try TestClient(socket, of: self, as: uid) }

    /// Logs in as the generated user; the token.
    func login(_ client: TestClient) throws -> String {
        let answer = try client.call("auth.start", credentials(for: "default"))
        guard let token = answer["token"]?.text else { throw TestFailure("no login: \(answer) \(log)") }
        return token
    }

    /// Parameters of `auth.start` for the generated user.
    func credentials(for service: String) -> JSONValue {
        ["user": .text(user), "password": .text(password), "service": .text(service)]
    }

    /// Whether `token` is valid, as a client of its own sees it.
    func accepts(_ token: String) throws -> Bool {
        try client().call("session.validate", ["token": .text(token)])["valid"] == true
    }

    /// Starts it anew in the same directory, once it has ended, and waits until it answers unless told otherwise.
    func restart(waiting: Bool = true) throws {
        process = try TestProcess(arguments, output: parent.path("log"), environment: environment)
        if waiting { try waitUntilServing() }
    }

    /// Ends it by its own will, with which the process that keeps its memory ends too (`--keep-sessions`).
    func end() {
        process.signal(SIGTERM)
        _ = try? process.wait()
    }

    /// Ends it and whatever it started.
    func kill() {
        let family = ProcessTable.descendants(of: process.pid)
        process.kill()
        for pid in family { try? eventually("\(pid) ends") { !ProcessTable.isRunning(pid) } }
        for pid in family where ProcessTable.isRunning(pid) { CLinux.kill(pid, SIGKILL) }
    }

    /// Waits until nothing but the spare worker is left below the broker.
    func waitUntilIdle() throws {
        try eventually("one spare worker is left: \(workers.map(ProcessTable.name))") {
            let left = workers
            return left.count == 1 && ProcessTable.name(of: left[0]) == "usher-pam-worke"
        }
    }
}
