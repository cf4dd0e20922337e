import ArgumentParser
import CLinux
import UsherNames
import UsherPAMDoctor
import UsherPAMProcesses
import UsherPAMWire
import UsherPOSIX
import UsherPrograms

/// The doctor of PAM stacks.
@main
struct DoctorProgram: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "usher-pam-doctor",
        abstract: "Runs a PAM stack as the broker would, and says which module fails and why.",
        discussion: """
            Runs as the user and in the sandbox that it is started in: 'usherctl doctor' starts it in those of usher-pam.service. \
            Answers to what the stack asks are lines of standard input. Exit status 1: the user would not get in, or \
            something is to be mended.
            """,
        version: unsafe String(cString: usher_version()))

    @Option(help: "The user to log in.")
    var user: String
    @Option(help: "The PAM service.")
    var service = "usher"
    @Flag(help: "The service lets in names without an account of the host, as allow_no_account says.")
    var allowNoAccount = false
    @Flag(help: "The service lets in uid 0, as allow_root says.")
    var allowRoot = false
    @Option(help: "Directory of PAM service files, instead of the system's.")
    var serviceDirectory: String?
    @Option(help: "Path of usher-pam-worker, instead of the one beside this program.")
    var worker: String?
    @Flag(
        help: """
            The other arguments are lines of standard input, up to an empty one, and questions are lines of standard output. \
            So usherctl speaks with it.
            """)
    var converse = false

    /// Parses and runs. Wrong usage ends with 2, as it does in usherctl.
    static func main() {
        do {
            let given = Array(CommandLine.arguments.dropFirst())
            var command = try parseAsRoot(given == ["--converse"] ? given + linesOfInput() : given)
            try command.run()
        } catch {
            end(for: error)
        }
    }

    /// The lines of standard input up to an empty one; sixty-four of at most 4 KiB.
    private static func linesOfInput() -> [String] {
        var lines: [String] = []
        while lines.count < 64 {
            var line: [UInt8] = []
            let outcome = SecretLine.read(from: 0) { byte in
                guard line.count < 4096 else { return false }
                line.append(byte)
                return true
            }
            guard outcome == .line, !line.isEmpty else { break }
            lines.append(String(decoding: line, as: UTF8.self))
        }
        return lines
    }

    func validate() throws {
        guard UserName.isValid(user) else { throw ValidationError("--user is no name that a login takes.") }
    }

    func run() throws {
        guard ProcessConfinement.begin() else { throw ExitCode.failure }
        let doctor = Doctor(try request, with: converse ? .converse() : .lines())
        let isGood = doctor.run()
        if converse { DoctorOutput.write(.verdict(isGood)) }
        if !isGood { throw ExitCode(1) }
    }

    /// What the broker's unit says, in which the doctor runs: a variable of the environment (environ(7)).
    private static func variable(_ name: String) -> String? {
        unsafe getenv(name).map { unsafe String(cString: $0) }
    }

    private var request: Doctor.Request {
        get throws {
            let program = worker ?? OwnProgram.beside("usher-pam-worker")
            guard unsafe access(program, X_OK) == 0 else {
                throw ValidationError("The worker cannot be executed: \(program)")
            }
            let places = ["pam_usher_trace.so", "libpam_usher_trace.so"].map(OwnProgram.beside)
            guard let tracer = places.first(where: { unsafe access($0, F_OK) == 0 }) else {
                throw ValidationError("\(places[0]) is not there.")
            }
            var rules = DoctorRules()
            rules.allowsNoAccount = allowNoAccount
            rules.allowsRoot = allowRoot
            if let list = Self.variable("USHER_SERVICES") {
                guard let services = ServiceList(list) else {
                    throw ValidationError("USHER_SERVICES is no list of services, and usher-pam does not start by it.")
                }
                rules.services = services
            }
            rules.minimumUID = Self.variable("USHER_MINIMUM_UID").flatMap { UInt32($0) } ?? 0
            return Doctor.Request(
                service: service, user: user, directory: serviceDirectory, worker: program, tracer: tracer, rules: rules
            )
        }
    }
}
