internal import CLinux
internal import UsherPAMWire

/// The template of workers: a worker that is confined and set up, and forks others instead of running a login.
///
/// It costs a fork where a program costs two milliseconds to start. Nothing of a login is ever here: no module is loaded, no
/// start or answer read. What is loaded is what a login needs on every distribution and where no secret comes by. It has one
/// thread, so that the child finds every lock open. CLONE_PARENT makes the broker the parent of the workers, which see no
/// difference to a start by exec but this: those of one template share a layout of memory and a stack canary, which is why the
/// broker uses a template for a bounded time and never after a crash (`WorkerTemplate`).
enum Template {
    /// Libraries that pam_unix(8) wants. Where there are none of that name, modules find what they need themselves.
    private static let libraries = ["libcrypt.so.1", "libselinux.so.1"]

    /// Forks a worker for each `fork` that comes. Returns the first other message: of the template, or of a worker.
    static func serve(_ channel: WorkerChannel, _ setup: PAMSetup) -> PAMRequest? {
        switch channel.receive() {
        case .fork: prepare()
        case let other: return PAMWorker.stepBack(setup) ? other : nil
        }
        let files = FileIdentities.ofLibraries()
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

    /// Loads what every login would load: libraries, and by looking for root's account the configuration of nsswitch.conf(5).
    private static func prepare() {
        unsafe usher_set_name("usher-pam-templ")
        for name in libraries { unsafe dlopen(name, RTLD_NOW) }
        _ = AccountLookup(name: "root")
    }

    private static func becomeWorker(_ channel: WorkerChannel, _ setup: PAMSetup) -> PAMRequest? {
        guard channel.replaceByPassed(), setpgid(0, 0) == 0, PAMWorker.dieWithBroker(channel),
            PAMWorker.stepBack(setup)
        else { _exit(ExitStatus.notConfined) }
        unsafe usher_set_name("usher-pam-worker")
        return channel.receive()
    }
}
