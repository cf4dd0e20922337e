internal import CLinux
internal import UsherPAMWire
internal import UsherSecrets

/// Runs a PAM stack for one user as the broker would, in a worker of its own, and says which module said what, and why.
///
/// The worker runs a copy of the stack in which each module is called through pam_usher_trace.so. It must run where the
/// broker does, as its user and in its sandbox, because that decides what modules can do. Nothing here is a login: no
/// session begins, but modules count failures and use codes up, as they do at a login.
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
        /// The conditions for a login beside the stack.
        package var rules: DoctorRules

        package init(
            service: String, user: String, directory: String?, worker: String, tracer: String,
            rules: DoctorRules = DoctorRules()
        ) {
            self.service = service
            self.user = user
            self.directory = directory
            self.worker = worker
            self.tracer = tracer
            self.rules = rules
        }
    }

    /// The longest that the stack may take.
    private static let patience = Duration.seconds(60)

    private let request: Request
    private let talk: DoctorTalk

    /// Looks at `request`, and speaks with the person by `talk`.
    package init(_ request: Request, with talk: DoctorTalk) {
        self.request = request
        self.talk = talk
    }

    /// Runs everything. Returns whether the user was let in and no fault was found.
    package func run() -> Bool {
        guard let found = StackCopy.find(request.service, request.directory), PAMText.isService(request.service) else {
            let places = request.directory ?? "/etc/pam.d or /usr/lib/pam.d"
            say("Service \(request.service): there is no such file in \(places).")
            say("  ! PAM would fall back to 'other'; Usher refuses such a service. Make the file: see pam.d(5).")
            return false
        }
        say("Service \(request.service), \(found), as uid \(geteuid()):")
        let tag = String(Random.word(), radix: 36)
        guard let target = TemporaryStack() else { return cannotCopy() }
        let copy = StackCopy(
            of: request.service, in: request.directory, to: target.path, tracer: request.tracer, tag: tag)
        let isSound = report(copy)
        guard target.write(copy.files) else { return cannotCopy() }
        let run = DoctorRun(
            program: request.worker, directory: target.path, rules: request.rules, ask: talk.ask)
        let outcome = withExtendedLifetime(target) {
            run.login(service: request.service, user: request.user, patience: Self.patience)
        }
        report(outcome, copy.places, tag)
        return isSound && outcome.succeeded
    }

    /// Writes a line of the report, cleaned, because names and contents of files may have any bytes.
    private func say(_ line: String) { talk.say(PAMText.cleaned(Array(line.utf8).span)) }

    private func cannotCopy() -> Bool {
        say("  ! no copy of the stack can be written to /tmp")
        return false
    }

    /// Reports the faults that show before the stack runs. Returns whether there are none.
    private func report(_ copy: StackCopy) -> Bool {
        var findings = Set(copy.findings)
        if let services = request.rules.services, !services.contains(request.service) {
            findings.insert(
                "usher-pam refuses the service \(request.service): USHER_SERVICES of its unit does not name it, see usher-pam(8)"
            )
        }
        for place in copy.places {
            for fault in ModuleCheck(place: place, user: request.user).faults {
                findings.insert("\(place.origin) \(place.module): \(fault)")
            }
        }
        for finding in findings.sorted() { say("  ! \(finding)") }
        if findings.isEmpty { say("  nothing found before it runs") }
        return findings.isEmpty
    }

    private func report(_ outcome: DoctorRun.Outcome, _ places: [StackCopy.Place], _ tag: String) {
        say("Steps for \(request.user):")
        for step in TracedStep.read(outcome.trace, tag) where places.indices.contains(step.place) {
            let place = places[step.place]
            let result = step.code.map { ModuleCode.name(of: $0) } ?? "did not return"
            let why = step.code.flatMap {
                ModuleCode.explanation(of: $0, module: place.module, phase: step.phase, user: request.user)
            }
            let reason = step.reason.isEmpty ? nil : PAMText.cleaned(Array(step.reason.utf8).span)
            let words = ["\(place.origin) \(step.phase) \(place.module) \(result)", why, reason].compactMap(\.self)
            say("  " + words.joined(separator: ": "))
        }
        for text in outcome.texts { say("  it said: \(text)") }
        say("Outcome: \(outcome.words)")
    }
}
