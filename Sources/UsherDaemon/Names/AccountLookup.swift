internal import CLinux
package import UsherConfiguration
package import UsherEventLoop
package import UsherNames
package import UsherPOSIX

/// Looks names of users and groups up in a process of its own, because a directory may delay, hang or crash the process
/// that asks it. usherd itself never asks NSS.
///
/// The process is usher-names, rather than getent(1), which does not tell a name that does not exist from a look-up
/// that failed. usher-names gets the names as arguments and one socket. It is killed as soon as it has answered or has
/// taken too long.
package final class AccountLookup: AccountResolver {
    /// How long a look-up may take, in nanoseconds. A start waits that long, below `TimeoutStartSec=` and a person's
    /// patience.
    package static let patience: Int64 = 5_000_000_000
    /// Processes that were killed and have not ended yet, such as in a file system that hangs.
    private static let mostEnding = 8
    /// Answers taken before the loop goes on with others.
    private static let turn = 64

    private let program: String
    private let patience: Int64
    private let loop: EventLoop
    private var deadline: EventTimer?
    private var ending: [pid_t: EventSource] = [:]
    private var run: Run?

    /// Names that are being looked up.
    private final class Run {
        let names: [AccountName]
        let process: pid_t
        let socket: PeerSocket
        let then: (Accounts) -> Void
        var answers: [AccountName: AccountAnswer] = [:]
        var source: EventSource?

        init(
            _ names: [AccountName], _ process: pid_t, _ socket: consuming PeerSocket,
            _ then: @escaping (Accounts) -> Void
        ) {
            self.names = names
            self.process = process
            self.socket = socket
            self.then = then
        }
    }

    /// Lookups from `loop`. SIGCHLD must be blocked. `program` is usher-names; by default the one of this build or
    /// installation.
    package init(
        _ loop: EventLoop, program: String = OwnProgram.companion("usher-names"),
        patience: Int64 = AccountLookup.patience
    ) throws(SystemError) {
        self.loop = loop
        self.program = program
        self.patience = patience
        deadline = try loop.timer { [unowned self] in
            deadline?.fired()
            finish("no answer within \(self.patience / 1_000_000_000) s")
        }
    }

    /// Looks `names` up and calls `then` once, at the latest when the time is over. One lookup at a time.
    package func start(_ names: [AccountName], then: @escaping (Accounts) -> Void) {
        precondition(run == nil)
        guard !names.isEmpty else { return then(Accounts()) }
        do throws(SystemError) { run = try begin(names, then) } catch {
            then(Self.accounts(names, [:], missing: error.description))
        }
    }

    /// The same, with the loop turning until it is done.
    package func wait(for names: [AccountName]) throws(SystemError) -> Accounts {
        var result: Accounts?
        start(names) { result = $0 }
        while true {
            if let result { return result }
            try loop.turn()
        }
    }

    /// Looks `names` up for a process that has no loop and does nothing else.
    package static func now(_ names: [AccountName]) -> Accounts {
        Signals.block([SIGCHLD])
        do throws(SystemError) { return try AccountLookup(EventLoop()).wait(for: names) } catch {
            return accounts(names, [:], missing: error.description)
        }
    }

    /// Ends the look-up that is under way; its `then` is not called.
    package func cancel() {
        if let run { end(run) }
    }

    private func begin(_ names: [AccountName], _ then: @escaping (Accounts) -> Void) throws(SystemError) -> Run {
        guard ending.count < Self.mostEnding else { throw SystemError("posix_spawn", code: EAGAIN) }
        var pair: [CInt] = [-1, -1]
        _ = try SystemError.check(unsafe usher_socketpair(CInt(SOCK_SEQPACKET.rawValue), 0, &pair), "socketpair")
        let own = PeerSocket(fresh: FileDescriptor(owning: pair[0]), closer: loop.closer)
        let theirs = FileDescriptor(owning: pair[1])
        let arguments = [program] + names.map(AccountMessage.argument)
        let process = try ChildProcess.spawn(arguments, inherited: theirs)
        let run = Run(names, process, own, then)
        do throws(SystemError) {
            ending[process] = try loop.onExit(of: process) { [unowned self] _ in ending[process] = nil }
            run.source = try loop.watch(run.socket.number) { [unowned self] _ in receive() }
        } catch {
            kill(process, SIGKILL)
            if ending[process] == nil { waitpid(process, nil, 0) }
            throw error
        }
        deadline?.arm(at: usher_boottime() + patience)
        return run
    }

    private func receive() {
        guard let run else { return }
        for _ in 0..<Self.turn {
            switch AccountMessage.receive(on: run.socket) {
            case .nothing: return
            case .end: return finish("the process that asked for it ended")
            case .answer(let answer):
                guard run.names.indices.contains(answer.index) else { return finish("it was answered with nonsense") }
                run.answers[run.names[answer.index]] = answer.answer
                if run.answers.count == run.names.count { return finish("") }
            }
        }
    }

    /// The look-up is over. A name without an answer has failed, for the reason `missing`.
    private func finish(_ missing: String) {
        guard let run else { return }
        end(run)
        run.then(Self.accounts(run.names, run.answers, missing: missing))
    }

    private func end(_ run: Run) {
        self.run = nil
        run.source = nil
        deadline?.arm(at: nil as Int64?)
        if ending[run.process] != nil { kill(run.process, SIGKILL) }
    }

    private static func accounts(
        _ names: [AccountName], _ answers: [AccountName: AccountAnswer], missing: String
    ) -> Accounts {
        Accounts(Dictionary(names.map { ($0, answers[$0] ?? .failed(missing)) }) { first, _ in first })
    }
}
