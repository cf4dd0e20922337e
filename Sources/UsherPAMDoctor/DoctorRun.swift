internal import CLinux
internal import UsherEventLoop
internal import UsherNames
internal import UsherPAMProcesses
internal import UsherPAMWire
internal import UsherPOSIX
internal import UsherSecrets

/// One login through a worker, without a broker around it.
struct DoctorRun {
    /// The outcome of a login.
    struct Outcome {
        /// Whether the user would be let in.
        var succeeded = false
        /// The outcome in words.
        var words = ""
        /// Texts of modules.
        var texts: [String] = []
        /// What the worker and its modules wrote to standard error.
        var trace = ""
        /// Whether the worker has sent its final report.
        fileprivate var hasEnded = false
    }

    let program: String
    let directory: String
    let rules: DoctorRules
    /// Asks a question, whose answer may be seen or not; nil where nobody answers.
    let ask: (String, Bool) -> SecretBytes?

    /// The most bytes that are kept of what modules write, and the most texts.
    private static let (maximumTrace, maximumTexts) = (65_536, 256)
    /// Reports and parts of the trace that are read before the clock and the worker's end are looked at again.
    private static let turn = 64

    /// Logs in, and passes each question of the stack to `ask`.
    func login(service: String, user: String, patience: Duration) -> Outcome {
        // No socket: a module could pass a descriptor on it.
        var ends: [Int32] = [-1, -1]
        guard unsafe usher_pipe(&ends) == 0 else { return Outcome() }
        let trace = FileDescriptor(owning: ends[0])
        let errors = FileDescriptor(owning: ends[1])
        let worker = WorkerProcess(WorkerProgram(path: program, errors: .copy(errors.number)))
        _ = consume errors
        guard let worker else { return Outcome(words: "the worker \(program) cannot be started") }
        tell(worker, .setup(PAMSetup(serviceDirectory: directory, nice: 0, separation: separation)))
        tell(
            worker,
            .start(
                PAMStart(transaction: 1, service: service, user: user, timeout: patience, options: .relayMessages)))
        var outcome = Outcome(words: "no verdict within \(patience.components.seconds) s: a module hangs")
        follow(worker, trace: trace.number, patience, &outcome)
        return outcome
    }

    /// The broker's separation of logins, without a warning if this kernel can do less.
    private var separation: PAMSeparation {
        PAMSeparation(rawValue: UInt8(clamping: usher_separation(Int32(PAMSeparation.signals.rawValue)))) ?? .none
    }

    /// Follows the worker for `patience`, not counting the time in which a person answers.
    private func follow(_ worker: WorkerProcess, trace: Int32, _ patience: Duration, _ outcome: inout Outcome) {
        var end = usher_boottime() + patience.components.seconds * 1_000_000_000
        var bytes: [UInt8] = []
        var hasEnded = false
        let channel = worker.channel.number
        var waits = [channel, trace, worker.pidfd].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        while !hasEnded, usher_boottime() < end {
            _ = unsafe poll(&waits, 3, Int32(clamping: max(end - usher_boottime(), 0) / 1_000_000 + 1))
            hasEnded = waits[2].revents != 0
            read(trace, into: &bytes)
            // What a module has closed or spoiled would be ready for ever.
            if waits[0].fd >= 0, !takeReports(of: worker, &outcome, &end) { waits[0].fd = -1 }
            if waits[1].revents & Int16(POLLHUP) != 0 { waits[1].fd = -1 }
        }
        if !hasEnded { worker.signal(SIGKILL) }
        let status = worker.reap()
        StrayProcesses.end { _ in false }
        read(trace, into: &bytes)
        if hasEnded, !outcome.hasEnded {
            outcome.words = "the worker \(status.words): the module that did not return did it"
        }
        outcome.trace = String(decoding: bytes, as: UTF8.self)
    }

    /// Reads what is there, a bounded part of it, and keeps at most `maximumTrace` bytes.
    private func read(_ trace: Int32, into bytes: inout [UInt8]) {
        var part = [UInt8](repeating: 0, count: 4096)
        for _ in 0..<Self.turn {
            let count = unsafe CLinux.read(trace, &part, part.count)
            guard count > 0 else { return }
            bytes += part[..<count].prefix(Self.maximumTrace - bytes.count)
        }
    }

    /// Takes the reports that have come, some of them. False if no further one is to be read: at the end of the
    /// channel, and after what the broker would end a login for, which ends the worker.
    private func takeReports(of worker: WorkerProcess, _ outcome: inout Outcome, _ end: inout Int64) -> Bool {
        var datagram = Datagram(limit: PAMLimits.datagram)
        for _ in 0..<Self.turn {
            switch datagram.receive(from: worker.channel) {
            case .nothing: return true
            case .ended: return false
            case .descriptor: return spoiled(worker, &outcome)
            case .bytes:
                guard let report = try? datagram.withBytes(PAMReport.decode) else { return spoiled(worker, &outcome) }
                take(report, of: worker, &outcome, &end)
            }
        }
        return true
    }

    private func spoiled(_ worker: WorkerProcess, _ outcome: inout Outcome) -> Bool {
        outcome.end("no verdict: a module wrote to the worker's channel, for which usher-pam ends a login")
        worker.signal(SIGKILL)
        return false
    }

    private func take(
        _ report: PAMReport, of worker: WorkerProcess, _ outcome: inout Outcome, _ end: inout Int64
    ) {
        switch report {
        case .challenge(let challenge):
            let asked = usher_boottime()
            answer(challenge, worker, &outcome)
            end += usher_boottime() - asked
        case .verdict(let verdict): outcome.take(verdict, rules)
        case .failed(_, let failure): outcome.end("no verdict: \(failure)")
        case .hello, .started, .forked, .surveyed, .accountsChanged: break
        }
    }

    private func answer(_ challenge: PAMChallenge, _ worker: WorkerProcess, _ outcome: inout Outcome) {
        var given = PAMAnswers(transaction: challenge.transaction)
        for prompt in challenge.prompts {
            if outcome.texts.count < Self.maximumTexts {
                outcome.texts.append((prompt.style.wantsAnswer ? "asks " : "") + prompt.text)
            }
            guard prompt.style.wantsAnswer else { continue }
            guard let answer = ask(prompt.text, prompt.style == .visible) else {
                return tell(worker, .cancel(transaction: challenge.transaction))
            }
            _ = answer.withBytes { given.append($0) }
        }
        tell(worker, .answers(given))
    }

    private func tell(_ worker: WorkerProcess, _ request: consuming PAMRequest) {
        var datagram = Datagram(limit: PAMLimits.datagram)
        guard (try? request.encode(into: &datagram)) != nil else { return }
        datagram.withBytes { _ = worker.send($0) }
        datagram.wipe()
    }
}

extension DoctorRun.Outcome {
    fileprivate mutating func end(_ words: String) {
        hasEnded = true
        self.words = words
    }

    fileprivate mutating func take(_ verdict: PAMVerdict, _ rules: DoctorRules) {
        texts += verdict.texts.map(\.text)
        guard verdict.succeeded else {
            return end("refused in the phase \(verdict.phase): \(ModuleCode.name(of: verdict.code))")
        }
        let account = verdict.account.map { "\($0.name), uid \($0.uid)" } ?? "\(verdict.user), no account on this host"
        if let why = rules.objection(to: verdict) { return end("refused after its stack let in \(account): \(why)") }
        succeeded = true
        end("let in as \(account)")
    }
}

extension WorkerEnd {
    /// How it ended, for a person.
    fileprivate var words: String {
        switch self {
        case .exited(let status): "ended with status \(status) and no verdict"
        case .killed(let signal): "was killed by signal \(signal)"
        }
    }
}
