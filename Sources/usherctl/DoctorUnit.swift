import CLinux
import UsherPOSIX
import UsherPrograms
import UsherctlText

/// The unit that usher-pam-doctor runs in: the text of usher-pam.service with its drop-ins, and `zz-doctor.conf`, which
/// is read last and has the doctor's own settings.
///
/// `systemctl cat` finds the files and their order, and the manager parses them again, so that nothing here knows the
/// syntax of units. Rejected: a unit with a copy of the sandbox, which knows nothing of an administrator's drop-ins;
/// the properties of the loaded unit, which systemctl(1) prints in another form than systemd-run(1) takes.
struct DoctorUnit: ~Copyable {
    private static let units = "/run/systemd/system"
    private static let systemctl = "/usr/bin/systemctl"

    private let name: String
    private let listener: FileDescriptor

    /// Whether this host was booted with systemd (sd_booted(3)).
    static var hasManager: Bool { unsafe access("/run/systemd/system", F_OK) == 0 }

    /// Makes the socket that becomes the doctor's standard input and output.
    init() throws {
        name = "usher-pam-doctor@\(getpid()).service"
        let listener = try FileDescriptor(usher_unix_socket(Int32(SOCK_STREAM.rawValue), 1), "socket")
        let path = "/run/\(name).sock"  // As zz-doctor.conf has it.
        unsafe unlink(path)
        umask(0o077)
        _ = try SystemError.check(unsafe usher_bind(listener.number, path), "bind")
        _ = try SystemError.check(listen(listener.number, 1), "listen")
        self.listener = listener
    }

    /// The unit ends while it has its file: a manager that reads its units anew knows of one without a file neither which
    /// exit status is good nor that it is to be collected, and lists it as failed for good.
    deinit {
        for verb in ["stop", "reset-failed"] { _ = try? Self.output(of: [verb, name]) }
        unsafe unlink("/run/\(name).sock")
        unsafe unlink("\(Self.units)/\(name)")
    }

    /// Starts the doctor and converses with it. Returns whether all is well.
    func run(_ options: [String]) throws -> Bool {
        try write(try Self.brokerUnit())
        if try Self.output(of: ["show", "--property=NeedDaemonReload", "--value", "usher-pam.service"]).text == "yes\n"
        {
            printError("usher-pam.service has changed on disk: systemctl daemon-reload && systemctl restart usher-pam")
        }
        guard try Self.output(of: ["start", name]).status == 0 else {
            throw ToolError(
                .unanswered, "the sandbox of usher-pam.service cannot be made: see journalctl --unit \(name)")
        }
        let socket = try FileDescriptor(usher_accept(listener.number), "accept")
        usher_set_blocking(socket.number)
        guard let isGood = try DoctorConversation(on: socket).hold(options) else {
            throw ToolError(.unanswered, "the doctor ended without an outcome: see journalctl --unit \(name)")
        }
        return isGood
    }

    /// The files of the broker's unit, in the order in which the manager reads them.
    private static func brokerUnit() throws -> String {
        let unit = try output(of: ["cat", "usher-pam.service"])
        guard unit.status == 0 else {
            throw ToolError(.unanswered, "systemd has no usher-pam.service: is Usher installed?")
        }
        return unit.text
    }

    private func write(_ unit: String) throws {
        let path = "\(Self.units)/\(name)"
        unsafe unlink(path)
        let file = try FileDescriptor(unsafe usher_open(path, O_WRONLY | O_CREAT | O_EXCL, 0o644), "open")
        let bytes = Array(unit.utf8)
        guard unsafe CLinux.write(file.number, bytes, bytes.count) == bytes.count else {
            throw SystemError.last("write")
        }
    }

    private static func output(of arguments: [String]) throws -> ProgramOutput {
        try ProgramOutput(
            of: systemctl, ["--no-pager"] + arguments,
            environment: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "SYSTEMD_COLORS=0"])
    }
}
