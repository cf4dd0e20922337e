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

    /// Nobody's, on Debian and with systemd.
    private static let nobody: uid_t = 65_534

    /// Before any module runs: the real uid is not root's, whoever started the broker (setresuid(2)). Modules that judge
    /// who calls them ask for the real uid and would let everybody in, as pam_rootok(8) does for root; what takes root's
    /// rights, such as a change of password, asks for the effective one, which stays.
    static func leaveRoot() -> Bool { getuid() != 0 || usher_set_real_uid(nobody) == 0 }

    /// Before any module runs: a Landlock domain of this login alone, as the setup says. A program that a module
    /// starts can be traced by processes of the same user, and holds what the module gave it; the domain keeps other
    /// logins' modules from it.
    static func separate(as setup: PAMSetup) -> Bool { usher_separate(Int32(setup.separation.rawValue)) == 0 }

    /// Runs the login that `request` starts, if it does; the status to end with.
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

    /// Before any secret is read: no core, no ptrace by the own uid, bounded memory, and death with the broker.
    private static func confine(to channel: WorkerChannel) -> Bool {
        usher_forbid_cores() == 0 && usher_set_dumpable(0) == 0 && Memory.limit() && dieWithBroker(channel)
    }

    /// If the broker died before PR_SET_PDEATHSIG was set, the parent is another process than the one which made the
    /// channel.
    static func dieWithBroker(_ channel: WorkerChannel) -> Bool {
        usher_set_parent_death_signal(SIGKILL) == 0 && channel.peer == getppid()
    }
}

/// How a worker without a verdict says why, beside what modules do.
enum ExitStatus {
    /// A verdict was sent, or there was nothing to do.
    static let done: Int32 = 0
    /// The process could not be confined.
    static let notConfined: Int32 = 70
    /// The broker said something else than the protocol has.
    static let badMessage: Int32 = 76
}
