internal import CLinux
internal import UsherPAMWire
internal import UsherPOSIX
internal import UsherSecrets

/// The zygote of workers: a worker that is confined and set up, and forks others instead of running a login.
///
/// It costs a fork where a program costs two milliseconds to start. Nothing of a login is ever here: no module is
/// called, no start or answer read. What is loaded is what nearly every login needs: pam_unix(8), pam_deny(8) and
/// pam_permit(8). Of that, only constructors of libraries run, libselinux's and libcap-ng's, which ask the kernel what
/// it has; any other module a worker loads itself, since loading one may run anything. No account is looked up either:
/// NSS asks directories, which may hang, and leave threads and connections behind. So it has one thread, the child
/// finds every lock open, and the broker never waits for a network. CLONE_PARENT makes the broker the parent of the
/// workers, which see no difference to a start by exec but this: those of one zygote share a layout of memory and a
/// stack canary, which is why the broker uses a zygote for a bounded time and never after a crash (`WorkerZygote`).
enum Zygote {
    /// They lie beside libpam, as that finds them. What does not, workers load themselves. The last two stand in the
    /// service `other`, which libpam reads with every other one.
    private static let modules = ["pam_unix.so", "pam_deny.so", "pam_permit.so"]

    /// Forks a worker for the `fork` that came and each that comes, until the broker has gone or a library was
    /// replaced.
    static func serve(_ channel: WorkerChannel, _ setup: PAMSetup) -> Never {
        var program = FileIdentities(FileIdentities.libraries())
        prepare(channel, setup)
        guard program.areCurrent(at: time(nil)) else { _exit(ExitStatus.done) }
        var files = FileIdentities(FileIdentities.libraries())
        repeat {
            // After an upgrade new modules would meet old libraries: the broker starts another zygote.
            guard files.areCurrent(at: time(nil)) else { _exit(ExitStatus.done) }
            let process = usher_fork_sibling()
            if process == 0 { becomeWorker(channel, setup) }
            channel.closePassed()
            channel.send(process > 0 ? .forked(worker: process) : .failed(transaction: 0, .spawnFailed))
        } while channel.receivesFork()
        _exit(ExitStatus.done)
    }

    /// Does what every login would do and no login changes: loads modules, and lets the runtime find out about types.
    private static func prepare(_ channel: WorkerChannel, _ setup: PAMSetup) {
        unsafe usher_set_name("usher-zygote")
        if let libpam = FileIdentities.libraries().first(where: { $0.contains("/libpam.so") }) {
            let directory = libpam[..<(libpam.lastIndex(of: "/") ?? libpam.endIndex)]
            for module in modules { unsafe dlopen("\(directory)/security/\(module)", RTLD_NOW) }
        }
        rehearse(channel, setup)
    }

    /// Lets the runtime find out about the types of a login, by one of nobody that asks neither PAM nor NSS. What is
    /// not found out here, each worker does, at the price of a dozen pages of memory. False where it did not come to
    /// its end.
    @discardableResult
    static func rehearse(_ channel: WorkerChannel, _ setup: PAMSetup) -> Bool {
        var message = Datagram(limit: PAMLimits.datagram)
        let start = PAMStart(
            transaction: 1, service: "none", user: "nobody", remoteHost: "::1", remoteUser: "nobody",
            timeout: .seconds(1), options: .known, password: SecretBytes(copying: [0x20].span))
        guard (try? PAMRequest.start(start).encode(into: &message)) != nil else { return false }
        let request = message.withBytes { bytes in try? PAMRequest.decode(bytes) }
        guard case .start(let start) = request else { return false }
        let verdict = Transaction(start, setup, channel: channel).rehearsed()
        return verdict.succeeded && (try? PAMReport.verdict(verdict).encode(into: &message)) != nil
    }

    /// Steps back behind others, as the setup says (nice(2)).
    private static func stepBack(_ setup: PAMSetup) -> Bool { usher_nice(Int32(setup.nice)) == 0 }

    /// It never returns to `serve`: what that holds would be let go in the memory of each worker, page by page.
    private static func becomeWorker(_ channel: WorkerChannel, _ setup: PAMSetup) -> Never {
        guard channel.replaceByPassed(), setpgid(0, 0) == 0, PAMWorker.dieWithBroker(channel),
            stepBack(setup), PAMWorker.leaveRoot(), PAMWorker.separate(as: setup)
        else { _exit(ExitStatus.notConfined) }
        unsafe usher_set_name("usher-pam-worker")
        _exit(PAMWorker.work(on: channel.receive(), channel, setup))
    }
}
