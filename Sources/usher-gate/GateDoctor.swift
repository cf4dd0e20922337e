import ArgumentParser
import CLinux
import UsherConfiguration
import UsherGate
import UsherPOSIX
import UsherPrograms

/// `usher-gate doctor`: asks the proxy in front of a page as a browser would. curl(1) sends the requests: it speaks TLS
/// as browsers do, its errors are known, and the gate itself needs no network.
struct GateDoctor: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract:
            "Asks the proxy for a page without a session, as a browser would, and says what is wrong with the answers.")

    private static let curl = "/usr/bin/curl"
    /// How long one answer may take.
    private static let patience = Duration.seconds(15)
    /// What curl(1) prints about an answer: one value a line. No value contains the end of a line.
    private static let form =
        "%{http_code}\\n%header{location}\\n%header{set-cookie}\\n%header{content-security-policy}\\n%{errormsg}\\n"

    @ParentCommand var gate: UsherGateCommand
    @Argument(help: "A page that a rule protects, such as https://wiki.example/.")
    var address: String
    @Option(help: ArgumentHelp("Ask this host instead of those that the addresses name.", valueName: "host"))
    var connect: String?
    @Option(help: ArgumentHelp("Trust the certificates in this file (PEM).", valueName: "file"), completion: .file())
    var cacert: String?

    func run() throws {
        guard unsafe access(Self.curl, X_OK) == 0 else {
            throw ValidationError("\(Self.curl) is missing: install curl.")
        }
        let files = ConfigurationFiles(gate.config, usual: GateConfiguration.usualFile)
        let (configuration, faults) = GateConfiguration.read(
            files.read(), insecureLocalhost: gate.directory != nil)
        for fault in faults { Self.complain(fault.description) }
        guard let configuration else { throw ExitCode.failure }
        let examination: ProxyExamination
        do throws(AccessExplanation.Fault) {
            examination = try ProxyExamination(configuration, address: address)
        } catch {
            Self.complain("usher-gate: \(address): \(error)")
            throw ExitCode.failure
        }
        var isGood = true
        for probe in examination.probes {
            let fault = probe.fault(try ask(probe))
            print(fault.map { "FAULT  \(probe.claim): \($0) (\(probe.address))" } ?? "ok     \(probe.claim)")
            isGood = isGood && fault == nil
        }
        if !isGood { throw ExitCode.failure }
    }

    private func ask(_ probe: ProxyProbe) throws(SystemError) -> ProxyAnswer {
        var arguments = [
            // `--disable` stands first, so that curl(1) reads no file of its user.
            "--disable", "--silent", "--globoff", "--path-as-is", "--noproxy", "*", "--output", "/dev/null",
            "--max-time",
            "\(Self.patience.components.seconds)", "--write-out", Self.form,
        ]
        for (name, value) in probe.fields { arguments += ["--header", "\(name): \(value)"] }
        if let connect { arguments += ["--connect-to", "::\(connect):"] }
        if let cacert { arguments += ["--cacert", cacert] }
        let output = try ProgramOutput(
            of: Self.curl, arguments + ["--url", probe.address], environment: ["PATH=/usr/bin:/bin", "LANG=C.UTF-8"])
        let lines = output.text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        guard lines.count >= 5 else { return ProxyAnswer(failure: "curl ended with \(output.status)") }
        guard output.status == 0 else { return ProxyAnswer(failure: lines[4]) }
        return ProxyAnswer(
            Int(lines[0]) ?? 0, location: lines[1], cookie: lines[2], securityPolicy: lines[3])
    }
}
