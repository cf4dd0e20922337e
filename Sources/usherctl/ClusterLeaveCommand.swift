import ArgumentParser
import UsherClient
import UsherToolSupport
import UsherctlText

/// `usherctl cluster leave`.
struct ClusterLeaveCommand: ParsableCommand, ChangingCommand {
    static let configuration = CommandConfiguration(
        commandName: "leave", abstract: "Take this host out of the cluster, before it is stopped for good.",
        discussion: """
            The other hosts then wait for it no more. From now on this host answers for no shared session, until usherd is \
            started again. A restart needs no leave. Takes the role 'admin' for all shared realms.
            """)

    @OptionGroup var daemon: DaemonOptions

    func run() throws {
        let client = try daemon.connect()
        do throws(UsherError) { try client.leaveCluster() } catch {
            guard error.code == .unsupported else { throw error }
            throw ToolError(.refused, "this host shares no sessions: usherd.toml has no [cluster]")
        }
        if daemon.json { return printJSON(.object([])) }
        printLine("This host has left. usherd can be stopped; started again, it joins.")
    }
}
