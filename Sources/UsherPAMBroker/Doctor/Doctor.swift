internal import CLinux
internal import UsherPAMWire
package import UsherSecrets

/// Runs a PAM stack for one user as the broker would, in a worker of its own, and says which module said what, and why.
///
/// The worker runs a copy of the stack in which each module is called through pam_usher_trace.so. It must run where the
/// broker does, as its user and in its sandbox, because that decides what modules can do. Nothing here is a login: no session
/// begins, but modules count failures and use codes up, as they do at a login.
package struct Doctor {
    /// What to look at.
    package struct Request {
        /// The PAM service.
        package var service: String
        /// The user.
        package var user: String
        /// Directory of the service files; nil for the system's.
        package var directory: String?
        /// Path of usher-pam-worker.
        package var worker: String
        /// Path of pam_usher_trace.so.
        package var tracer: String

        package init(service: String, user: String, directory: String?, worker: String, tracer: String) {
            self.service = service
            self.user = user
            self.directory = directory
            self.worker = worker
            self.tracer = tracer
        }
    }

    /// The longest that the stack may take.
    private static let patience = Duration.seconds(60)

    private let request: Request
    private let say: (String) -> Void
    private var answers: () -> SecretBytes?

    /// Looks at `request`; `answers` gives the password and then what else is asked for, nil when there is no more.
    package init(_ request: Request, answers: @escaping () -> SecretBytes?, say: @escaping (String) -> Void) {
        self.request = request
        self.answers = answers
        self.say = say
    }

    /// Runs everything; whether the user was let in and nothing was found.
    package func run() -> Bool {
        guard let found = StackCopy.find(request.service, request.directory), PAMText.isService(request.service) else {
            say("Service \(request.service): there is no such file in \(request.directory ?? "/etc/pam.d").")
            say("  ! PAM would fall back to 'other'; Usher refuses such a service. Make the file: see pam.d(5).")
            return false
        }
        let tag = String(Random.word(), radix: 36)
        guard let target = TemporaryStack() else {
            say("  ! no copy of the stack can be written to /tmp")
            return false
        }
        let copy = StackCopy(
            of: request.service, in: request.directory, to: target.path, tracer: request.tracer, tag: tag)
        say("Service \(request.service), \(found), as uid \(geteuid()):")
        let findings =
            copy.findings
            + copy.places.flatMap { place in
                ModuleAdvice.check(place).map { "\(place.origin) \(place.module): \($0)" }
            }
        for finding in Set(findings).sorted() { say("  ! \(finding)") }
        if findings.isEmpty { say("  nothing found before it runs") }
        guard target.write(copy.files) else {
            say("  ! no copy of the stack can be written to /tmp")
            return false
        }
        let run = DoctorRun(program: request.worker, directory: target.path, answers: answers)
        let outcome = withExtendedLifetime(target) {
            run.login(service: request.service, user: request.user, patience: Self.patience)
        }
        report(outcome, copy.places, tag)
        return findings.isEmpty && outcome.succeeded
    }

    private func report(_ outcome: DoctorRun.Outcome, _ places: [StackCopy.Place], _ tag: String) {
        say("Steps for \(request.user):")
        for step in TracedStep.read(outcome.trace, tag) where places.indices.contains(step.place) {
            let place = places[step.place]
            let result = step.code.map { ModuleAdvice.name(of: $0) } ?? "did not return"
            let why = step.code.flatMap { ModuleAdvice.explanation(of: $0, module: place.module, phase: step.phase) }
            let words = [why, step.reason.isEmpty ? nil : PAMText.cleaned(Array(step.reason.utf8).span)].compactMap(
                \.self)
            let tail = words.isEmpty ? "" : ": " + words.joined(separator: ": ")
            say("  \(place.origin) \(step.phase) \(place.module) \(result)\(tail)")
        }
        for text in outcome.texts { say("  it said: \(text)") }
        say("Outcome: \(outcome.words)")
    }
}

/// What the trace module told.
struct TracedStep: Equatable {
    /// Index of the module's place.
    let place: Int
    /// `auth`, `account` or `setcred`.
    let phase: String
    /// Nil: it never returned.
    var code: Int32?
    var reason = ""

    /// The steps in the order of their beginning; lines of others are passed over.
    static func read(_ trace: String, _ tag: String) -> [TracedStep] {
        var steps: [TracedStep] = []
        for line in trace.split(separator: "\n") where line.hasPrefix(tag + "-") {
            let words = line.dropFirst(tag.count + 1).split(separator: " ", maxSplits: 3)
            guard words.count >= 3, let place = Int(words[0]) else { continue }
            if words[2] == ">" {
                steps.append(TracedStep(place: place, phase: String(words[1])))
            } else if let open = steps.lastIndex(where: { $0.place == place && $0.phase == words[1] && $0.code == nil })
            {
                steps[open].code = Int32(words[2])
                steps[open].reason = words.count > 3 ? String(words[3]) : ""
            }
        }
        return steps
    }
}

/// A service directory below /tmp that goes with this value.
final class TemporaryStack {
    let path: String
    private var names: [String] = []

    /// mkdtemp(3); nil where that cannot be done.
    init?() {
        var template = Array("/tmp/usher-doctor-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { return nil }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Writes a file for each member; `other` denies. False where that cannot be done.
    func write(_ files: [String: String]) -> Bool {
        let deny = "auth required pam_deny.so\naccount required pam_deny.so\n"
        let all = files.merging(["other": deny]) { own, _ in own }
        names = Array(all.keys)
        return all.allSatisfy { write($0.value, to: path + "/" + $0.key) }
    }

    deinit {
        for name in names { unsafe unlink(path + "/" + name) }
        unsafe rmdir(path)
    }

    private func write(_ text: String, to path: String) -> Bool {
        let file = unsafe usher_open(path, O_WRONLY | O_CREAT | O_EXCL, 0o600)
        guard file >= 0 else { return false }
        defer { close(file) }
        let bytes = Array(text.utf8)
        return unsafe CLinux.write(file, bytes, bytes.count) == bytes.count
    }
}
