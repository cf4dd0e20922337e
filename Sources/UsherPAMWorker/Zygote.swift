internal import CLinux
internal import UsherPAMWire
internal import UsherPOSIX
internal import UsherSecrets

/// The zygote of workers: a worker that is confined and set up, and forks others instead of running a login.
///
/// It costs a fork, while a program takes two milliseconds to start. Nothing of a login is ever here: no module is
/// called, no start or answer read. It loads what nearly every login needs: pam_unix(8), pam_deny(8) and pam_permit(8).
/// Only constructors of libraries run for that: those of libselinux and libcap-ng, which ask the kernel for its
/// features. A worker loads any other module itself, because loading one may run anything. The zygote looks up no
/// account either: NSS asks directories, which may hang, and leave threads and connections behind. So the zygote has
/// one thread, the child finds every lock open, and the broker never waits for a network. CLONE_PARENT makes the broker
/// the parent of the workers. They differ from a worker started by exec in this alone: workers of one zygote share a
/// layout of memory and a stack canary. That is why the broker uses a zygote for a bounded time and never after a crash
/// (`WorkerZygote`).
enum Zygote {
    /// The modules to load, from the directory beside libpam. Workers load what is not found there. The last two stand
    /// in the service `other`, which libpam reads with every service.
    private static let modules = ["pam_unix.so", "pam_deny.so", "pam_permit.so"]

    /// Forks a worker for the `fork` that has come and for each further one, until the broker has gone or a library was
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

    /// Does what every login would do and no login changes: loads modules, and has the Swift runtime cache the metadata
    /// of types.
    private static func prepare(_ channel: WorkerChannel, _ setup: PAMSetup) {
        unsafe usher_set_name("usher-zygote")
        if let libpam = FileIdentities.libraries().first(where: { $0.contains("/libpam.so") }) {
            let directory = libpam[..<(libpam.lastIndex(of: "/") ?? libpam.endIndex)]
            for module in modules { unsafe dlopen("\(directory)/security/\(module)", RTLD_NOW) }
        }
        rehearse(channel, setup)
    }

    /// Has the Swift runtime cache the metadata of a login's types, by a login of nobody that asks neither PAM nor NSS.
    /// Otherwise each worker would do so, in a dozen pages of memory of its own. False if that login did not come to
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

    /// Sets the niceness of the setup (nice(2)).
    private static func stepBack(_ setup: PAMSetup) -> Bool { usher_nice(Int32(setup.nice)) == 0 }

    /// Never returns to `serve`: releasing what `serve` has would copy pages of memory in each worker.
    private static func becomeWorker(_ channel: WorkerChannel, _ setup: PAMSetup) -> Never {
        guard channel.replaceByPassed(), setpgid(0, 0) == 0, PAMWorker.dieWithBroker(channel),
            stepBack(setup), PAMWorker.separate(as: setup)
        else { _exit(ExitStatus.notConfined) }
        unsafe usher_set_name("usher-pam-worker")
        // The broker marks this process before it sends anything, which takes the same real uid.
        let request = channel.receive()
        guard PAMWorker.leaveRoot() else { _exit(ExitStatus.notConfined) }
        _exit(PAMWorker.work(on: request, channel, setup))
    }
}
