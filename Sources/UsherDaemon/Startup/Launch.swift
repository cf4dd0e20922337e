internal import CLinux
internal import UsherConfiguration
internal import UsherEngine
internal import UsherEventLoop
package import UsherJournal
internal import UsherPOSIX

/// From the command line to a running daemon.
package struct Launch {
    /// Run as the embedded default.
    package var isDevelopment = false
    /// Directory of the embedded default; nil for `$XDG_RUNTIME_DIR/usher`, else `./.usher`.
    package var directory: String?
    /// A configuration file that must be there; nil for the default one, which need not.
    package var configuration: String?
    /// The users of the embedded default.
    package var users: [DevUser] = [.usual]
    /// The parent process, whose end ends the embedded default; nil for none.
    package var parent: Int32?
    /// Whether sessions of the embedded default outlive the daemon's process, kept by a holder.
    package var keepsSessions = false
    /// Path of usher-pam for the embedded default; nil for the one beside this executable.
    package var broker: String?
    /// Whether the broker of the embedded default goes on as on a kernel without SO_PASSRIGHTS.
    package var ignoresPassrights = false
    /// Where the journal goes.
    private let output: JournalOutput

    /// A launch whose journal goes to `output`.
    package init(output: JournalOutput) { self.output = output }

    /// Runs the daemon to its end; returns the exit status. The reason why it does not start goes to the journal and to
    /// the status of the service.
    package func run() -> CInt {
        do throws(StartupError) { return try start() } catch {
            let journal = Journal(output)
            journal.record(.startFailed(why: error.description), at: usher_boottime())
            journal.end()
            ServiceManager.notify("STATUS=\(error.description.split(separator: "\n").joined(separator: " "))")
            return 1
        }
    }

    private func start() throws(StartupError) -> CInt {
        Signals.block([SIGTERM, SIGINT, SIGHUP, SIGCHLD])
        usher_set_dumpable(0)
        usher_forbid_cores()
        let loop: EventLoop
        do throws(SystemError) { loop = try EventLoop() } catch { throw StartupError("usherd", error) }
        return isDevelopment ? try runDevelopment(loop) : try runService(loop)
    }

    // MARK: As a service

    private func runService(_ loop: EventLoop) throws(StartupError) -> CInt {
        let activation = try activation()
        let store = ManagerStore(activation)
        let brake = StartBrake(store, activation, now: usher_boottime())
        guard waitBehind(brake) else { return 0 }
        let sockets = activation.descriptors(named: "api")
        guard !sockets.isEmpty else {
            throw StartupError(
                "no socket named api was passed: start usherd.socket, or usherd --dev for a trial without systemd")
        }
        for socket in sockets { usher_set_nonblocking(socket) }
        let reader = try reader(ConfigurationFiles(configuration), base: Configuration(), loop)
        let status = try serve(try reader.start(), reader, sockets, store, loop)
        brake.reset()
        return status
    }

    /// Waits as long as earlier starts demand, and records it. Returns false if a signal ended the wait.
    private func waitBehind(_ brake: StartBrake) -> Bool {
        defer { brake.release(at: usher_boottime()) }
        guard brake.delay > 0 else { return true }
        let entry = JournalEntry.startDelayed(starts: Int(clamping: brake.starts), milliseconds: brake.delay)
        Journal(output).record(entry, at: usher_boottime())
        ServiceManager.notify("STATUS=Waiting \(brake.delay) ms: \(brake.starts) starts in a row did not last")
        return !Signals.wait(for: [SIGTERM, SIGINT], milliseconds: brake.delay)
    }

    private func activation() throws(StartupError) -> Activation {
        do throws(SystemError) { return try Activation() } catch { throw StartupError("socket activation", error) }
    }

    // MARK: As the embedded default

    private func runDevelopment(_ loop: EventLoop) throws(StartupError) -> CInt {
        guard unsafe getenv("LISTEN_FDS") == nil else {
            throw StartupError("--dev makes its own socket and cannot be combined with socket activation")
        }
        let parent = try watchParent(loop)
        let directory = try DevDirectory(path: self.directory ?? Self.defaultDirectory)
        let base = Configuration.development(directory: directory.path, uid: geteuid())
        let reader = try reader(configuration.map { ConfigurationFiles($0) }, base: base, loop)
        let configuration = try reader.start()
        try DevEnvironment.prepare(directory, module: OwnProgram.module("pam_usher_dev"), users: users)
        let api = try directory.listen("usher.sock", type: CInt(SOCK_STREAM.rawValue))
        let pam = try directory.listen("pam.sock", type: CInt(SOCK_SEQPACKET.rawValue))
        let broker = try startBroker(directory.path, pam, loop)
        defer { broker.end() }
        output.write(
            JournalRecord(
                title: "serving", level: .notice,
                fields: [
                    "socket": "\(directory.path)/usher.sock", "user": users.map(\.name).joined(separator: " "),
                    "credentials": "\(directory.path)/login.json",
                ]))
        defer { withExtendedLifetime(parent) {} }
        return try serve(configuration, reader, [api.release()], try store(in: directory), loop)
    }

    /// Ends this process, as SIGTERM does, when its parent ends. Rejected: PR_SET_PDEATHSIG of prctl(2), which signals
    /// the end of the thread that started this process.
    private func watchParent(_ loop: EventLoop) throws(StartupError) -> ParentWatch? {
        guard let parent else { return nil }
        do throws(SystemError) { return try ParentWatch(parent, loop) } catch { throw StartupError("--parent", error) }
    }

    private func store(in directory: borrowing DevDirectory) throws(StartupError) -> any DescriptorStore {
        guard keepsSessions else { return NoStore() }
        let name = "holder.sock"
        return try HolderStore(path: directory.path(of: name)) { () throws(StartupError) in
            let listener = try directory.listen(name, type: CInt(SOCK_SEQPACKET.rawValue))
            let arguments = [OwnProgram.beside("usherd"), "--holder", "3"]
            do throws(SystemError) {
                try ChildProcess.leave(arguments, inherited: listener)
            } catch {
                throw StartupError("holder", error)
            }
        }
    }

    private func startBroker(
        _ directory: String, _ socket: consuming FileDescriptor, _ loop: EventLoop
    ) throws(StartupError) -> ChildProcess {
        let path = try broker.map(Self.absolute) ?? OwnProgram.companion("usher-pam")
        var arguments = [
            path, "--listen-fd", "3", "--service-directory", "pam.d", "--minimum-uid", "0", "--nice", "10",
            "--parent", "\(getpid())",
        ]
        if ignoresPassrights { arguments.append("--ignore-passrights") }
        do throws(SystemError) {
            return try ChildProcess(arguments, in: directory, inherited: socket, loop: loop)
        } catch {
            throw StartupError(path, error)
        }
    }

    /// The absolute path of the broker, which has another working directory.
    private static func absolute(_ path: String) throws(StartupError) -> String {
        guard let resolved = unsafe realpath(path, nil) else { throw StartupError(path, .last("realpath")) }
        defer { unsafe free(resolved) }
        return unsafe String(cString: resolved)
    }

    private static var defaultDirectory: String {
        guard let runtime = unsafe getenv("XDG_RUNTIME_DIR") else { return ".usher" }
        return unsafe String(cString: runtime) + "/usher"
    }

    // MARK: Both

    /// A reader of `files`, or of `base` alone where there are none.
    private func reader(
        _ files: ConfigurationFiles?, base: Configuration, _ loop: EventLoop
    ) throws(StartupError) -> ConfigurationReader {
        do throws(SystemError) {
            return try ConfigurationReader(try AccountLookup(loop), loop: loop) {
                files.map { Configuration.draft($0.read(), base: base) } ?? ConfigurationDraft(base)
            }
        } catch {
            throw StartupError("usherd", error)
        }
    }

    private func serve(
        _ configuration: Configuration, _ reader: ConfigurationReader, _ sockets: [CInt],
        _ store: any DescriptorStore, _ loop: EventLoop
    ) throws(StartupError) -> CInt {
        let daemon = try Daemon(
            configuration: configuration, reader: reader, sockets: sockets, store: store, loop: loop,
            journal: Journal(output))
        do throws(SystemError) { return try daemon.run() } catch { throw StartupError("usherd", error) }
    }
}
