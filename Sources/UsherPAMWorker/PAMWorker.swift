internal import CLinux
internal import UsherPAMWire

/// The life of a worker process: confine itself, take its setup, wait for one login, check or survey, run it, end.
///
/// One process, one transaction: what a module does to its process ends with it. The verdict is a message; the exit
/// status only says what went wrong where there was none.
///
/// The same program is the zygote of workers: instead of a login it is told to fork, over and over.
package enum PAMWorker {
    /// The descriptor that the broker leaves open.
    static let channel: Int32 = 3

    /// Runs the worker and ends the process.
    package static func run() -> Never {
        let channel = WorkerChannel(descriptor: Self.channel)
        guard confine(to: channel) else { _exit(ExitStatus.notConfined) }
        let setup = channel.receive()
        guard case .setup(let setup) = setup else { _exit(ExitStatus.badMessage) }
        switch channel.receive() {
        case .fork: Zygote.serve(channel, setup)
        case let request:
            guard leaveRoot(), separate(as: setup) else { _exit(ExitStatus.notConfined) }
            _exit(work(on: request, channel, setup))
        }
    }

    /// The uid of nobody, on Debian and with systemd.
    private static let nobody: uid_t = 65_534

    /// Before any module runs: gives up root as real uid (setresuid(2)). Modules that judge their caller, such as
    /// pam_rootok(8), look at the real uid, and would let everybody in. What needs root's rights, such as a change of
    /// password, looks at the effective uid, which stays.
    static func leaveRoot() -> Bool { getuid() != 0 || usher_set_real_uid(nobody) == 0 }

    /// Before any module runs: a Landlock domain of this login alone, as the setup says. A program that a module
    /// starts can be traced by processes of the same user, and holds what the module gave it; the domain keeps other
    /// logins' modules from it.
    static func separate(as setup: PAMSetup) -> Bool { usher_separate(Int32(setup.separation.rawValue)) == 0 }

    /// Serves the login, check or survey that `request` asks for, and returns the exit status.
    static func work(on request: consuming PAMRequest?, _ channel: WorkerChannel, _ setup: PAMSetup) -> Int32 {
        switch consume request {
        case .start(let start):
            var transaction = Transaction(start, setup, channel: channel)
            transaction.run()
            return ExitStatus.done
        case .survey(let survey):
            let digests = AccountSurvey.digests(of: survey)
            channel.send(.surveyed(PAMSurveyed(transaction: survey.transaction, digests: digests)))
            return ExitStatus.done
        case nil: return ExitStatus.done
        case .cancel: return ExitStatus.done
        default: return ExitStatus.badMessage
        }
    }

    /// Descriptors that a worker may have open. The kernel counts descriptors in flight for the user, and lets nobody
    /// send more who is at the limit of its own: the broker's is far higher, so that no module keeps it from sending.
    private static let descriptors: UInt32 = 1024

    /// Before any secret is read: no core, no ptrace(2) by processes of the same uid, bounded memory and descriptors,
    /// no hand on the limits of other processes, and death with the broker.
    private static func confine(to channel: WorkerChannel) -> Bool {
        Memory.yield()
        return usher_forbid_cores() == 0 && usher_set_dumpable(0) == 0 && Memory.limit()
            && usher_limit_descriptors(descriptors) == 0 && usher_keep_limits() == 0 && dieWithBroker(channel)
    }

    /// Asks for SIGKILL when the broker dies. False if that fails or the broker has died before: then the parent is not
    /// the process that made the channel.
    static func dieWithBroker(_ channel: WorkerChannel) -> Bool {
        usher_set_parent_death_signal(SIGKILL) == 0 && channel.peer == getppid()
    }
}

/// The exit statuses of a worker; a module that calls exit(3) may cause any other.
enum ExitStatus {
    /// A verdict was sent, or there was nothing to do.
    static let done: Int32 = 0
    /// The process could not be confined.
    static let notConfined: Int32 = 70
    /// The broker sent a message that does not belong here.
    static let badMessage: Int32 = 76
}
