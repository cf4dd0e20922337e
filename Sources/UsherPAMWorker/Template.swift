internal import CLinux
internal import UsherPAMWire
internal import UsherSecrets

/// The template of workers: a worker that is confined and set up, and forks others instead of running a login.
///
/// It costs a fork where a program costs two milliseconds to start. Nothing of a login is ever here: no module is called, no
/// start or answer read. What is loaded is what nearly every login needs, pam_unix(8) included. Of that, only constructors of
/// libraries run, libselinux's and libcap-ng's, which ask the kernel what it has; any other module a worker loads itself,
/// since loading one may run anything. No account is looked up either: NSS asks directories, which may hang, and leave threads
/// and connections behind. So it has one thread, the child finds every lock open, and the broker never waits for a network.
/// CLONE_PARENT makes the broker the parent of the workers, which see no difference to a start by exec but this: those of one
/// template share a layout of memory and a stack canary, which is why the broker uses a template for a bounded time and never
/// after a crash (`WorkerTemplate`).
enum Template {
    /// Lies beside libpam, as that finds it, with the libraries that it wants. Where it does not, workers load it themselves.
    private static let module = "/security/pam_unix.so"

    /// Forks a worker for each `fork` that comes. Returns the first other message: of a worker, or of a process that is told to
    /// run a login at once, as the doctor does.
    static func serve(_ channel: WorkerChannel, _ setup: PAMSetup) -> PAMRequest? {
        switch channel.receive() {
        case .fork: prepare()
        case let other: return other
        }
        let files = FileIdentities(FileIdentities.libraries())
        repeat {
            // After an upgrade new modules would meet old libraries: the broker starts another template.
            guard files.areCurrent else { _exit(ExitStatus.done) }
            let process = usher_fork_sibling()
            if process == 0 { return becomeWorker(channel, setup) }
            channel.closePassed()
            channel.send(process > 0 ? .forked(worker: process) : .failed(transaction: 0, .spawnFailed))
        } while channel.receivesFork()
        _exit(ExitStatus.done)
    }

    /// Does what every login would do first and no login changes: loads pam_unix, and lets the runtime find out about the types
    /// of messages.
    private static func prepare() {
        unsafe usher_set_name("usher-pam-templ")
        if let libpam = FileIdentities.libraries().first(where: { $0.contains("/libpam.so") }) {
            unsafe dlopen(String(libpam[..<(libpam.lastIndex(of: "/") ?? libpam.endIndex)]) + module, RTLD_NOW)
        }
        rehearse()
    }

    /// Writes and reads messages as a login has them, of nobody.
    private static func rehearse() {
        var message = PAMDatagram()
        let start = PAMStart(
            transaction: 1, service: "none", user: "nobody", remoteHost: "::1", remoteUser: "nobody",
            timeout: .seconds(1), password: SecretBytes(copying: [0].span))
        try? PAMRequest.start(start).encode(into: &message)
        _ = message.withBytes { bytes in (try? PAMRequest.decode(bytes)) != nil }
        let account = PAMVerdict.Account(name: "nobody", uid: .max)
        let verdict = PAMVerdict(
            transaction: 1, phase: .account, code: 0, user: "nobody", account: account,
            texts: [PAMPrompt(.info, "none")])
        try? PAMReport.verdict(verdict).encode(into: &message)
    }

    /// Steps back behind others, as the setup says (nice(2)).
    private static func stepBack(_ setup: PAMSetup) -> Bool { setup.nice == 0 || nice(Int32(setup.nice)) != -1 }

    private static func becomeWorker(_ channel: WorkerChannel, _ setup: PAMSetup) -> PAMRequest? {
        guard channel.replaceByPassed(), setpgid(0, 0) == 0, PAMWorker.dieWithBroker(channel),
            stepBack(setup)
        else { _exit(ExitStatus.notConfined) }
        unsafe usher_set_name("usher-pam-worker")
        return channel.receive()
    }
}
