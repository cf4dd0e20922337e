import ArgumentParser
import CLinux
import UsherClient
import UsherPOSIX
import UsherToolSupport
import UsherctlText

/// `usherctl tour`: the main job, step by step, against a daemon started with `usherd --dev`.
struct TourCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tour", abstract: "Show the main job, step by step, on a daemon started with 'usherd --dev'.",
        discussion: """
            Logs in with the account of login.json in the daemon's directory, and shows each step, its answer and its time. \
            Exit status 1: a step was not answered as it must be.
            """)

    @OptionGroup var daemon: DaemonOptions

    func validate() throws {
        if daemon.directory == nil { throw ValidationError("the tour needs --directory") }
    }

    func run() throws {
        let account = try Self.login(in: daemon.directory ?? ".")
        let tour = Tour(client: try daemon.connect(), json: daemon.json)
        try tour.run(account)
    }

    /// Reads `login.json` of the directory.
    private static func login(in directory: String) throws -> DevelopmentLogin {
        let path = directory + "/login.json"
        let bytes: [UInt8]
        do throws(SystemError) { bytes = try SmallFile.read(path, limit: 4096, flags: O_NOFOLLOW) } catch {
            throw UsherError(.unreachable, detail: "\(path): \(error)")
        }
        guard let login = DevelopmentLogin(json: bytes.span) else {
            throw UsherError(.invalidArgument, detail: "\(path) does not hold a user and a password")
        }
        return login
    }
}
