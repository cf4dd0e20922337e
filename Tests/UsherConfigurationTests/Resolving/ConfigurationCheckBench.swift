import UsherConfiguration
import UsherEngine
import UsherNames
import UsherTestKit

/// Files of a configuration and its PAM services, and what `usherd --check` says of them.
struct ConfigurationCheckBench {
    let directory: TestDirectory

    /// Two services, `usher` and `web`, whose files are empty.
    init() throws {
        directory = try TestDirectory()
        directory.makeDirectory("pam.d")
        try write("", to: "pam.d/usher")
        try write("", to: "pam.d/web")
    }

    func write(_ text: String, to name: String = "usherd.toml") throws {
        try File.write(text, to: directory.path(name))
    }

    func check(
        _ question: PolicyQuestion? = nil, daemon: HostUser? = nil,
        lookUp: ([AccountName]) -> Accounts = ConfigurationBench.lookUp
    ) -> ConfigurationCheck.Report {
        ConfigurationCheck(
            ConfigurationFiles(directory.path("usherd.toml")), daemon: daemon,
            serviceDirectories: [directory.path("pam.d"), directory.path("dist")]
        ).run(question, lookUp: lookUp)
    }

    /// The complaints, with the directory left out.
    func complaints(daemon: HostUser? = nil) -> [String] {
        check(daemon: daemon).complaints.map { $0.replacing("\(directory.path)/", with: "") }
    }
}
