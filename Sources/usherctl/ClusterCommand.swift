import ArgumentParser
import CLinux
import UsherClient
import UsherPOSIX
import UsherToolSupport
import UsherWire
import UsherctlText

/// `usherctl cluster`.
struct ClusterCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cluster", abstract: "For hosts that share their sessions.",
        subcommands: [Status.self, ClusterCheck.self, Forget.self, Key.self, ClusterLeaveCommand.self, Library.self])

    /// `usherctl cluster status`.
    struct Status: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show what is wrong, this host among the others, and the others as this host sees them.",
            discussion: "Takes the role 'admin'.")

        @OptionGroup var daemon: DaemonOptions

        func run() throws {
            let status = try daemon.connect().knownCluster()
            if daemon.json { return printJSON(status.json) }
            let width = usher_terminal_columns(1)
            for line in status.lines(width: width > 0 ? Int(width) : nil) { printLine(line) }
        }
    }

    /// `usherctl cluster forget`.
    struct Forget: ParsableCommand, ChangingCommand {
        static let configuration = CommandConfiguration(
            commandName: "forget", abstract: "Say that a host is gone for good, so that nobody waits for it.",
            discussion: """
                After a loss of the store's memory the hosts wait for each other, because each may know of ends that \
                the store has lost. A host that never comes back is forgotten by this, and all of them by --everybody: \
                after a power failure of all hosts and the store their sessions are valid again by that. So are \
                sessions that only those hosts knew to have ended, until they expire. A single host that may still \
                accept sessions is refused. Takes the role 'admin' for all shared realms.
                """)

        @OptionGroup var daemon: DaemonOptions
        @Argument(help: "The host's name, or the first digits of its member, as 'usherctl cluster status' shows them.")
        var host: String?
        @Flag(help: "All hosts that are waited for, known or not.") var everybody = false
        @Flag(help: "Do it. Without: say what it would mean.") var yes = false

        func validate() throws {
            guard (host == nil) == everybody else { throw ValidationError("give a host or --everybody") }
        }

        func run() throws {
            let client = try daemon.connect()
            let status = try client.knownCluster()
            let gone = try host.map { try status.find($0) }
            let name = gone.map { sanitized($0.shown) }
            guard yes else {
                let (who, word) =
                    name.map { ($0 + " knows", "it never comes back") }
                    ?? ("hosts that are away know", "none comes back")
                throw ToolError(
                    .wrongUsage, "sessions that only \(who) to have ended would be valid again. --yes: \(word)")
            }
            do throws(UsherError) { try client.forget(member: gone?.member) } catch {
                guard error.code == .conflict else { throw error }
                throw ToolError(
                    .refused,
                    "\(name ?? "a host") may still accept sessions: stop it, and wait until it is a member no more")
            }
            if daemon.json { return printJSON(.object([])) }
            printLine(name.map { "\($0) is waited for no more." } ?? "Nobody is waited for any more.")
        }
    }

    /// `usherctl cluster key`.
    struct Key: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print a new key for the file that all hosts share.",
            discussion: """
                The key is random. Whoever has it can read and make sessions of the cluster, so let only root read the \
                file. The number names the key; a new key beside an old one needs another number.
                """)

        @Option(help: "The number of the key, from 0 to 255.") var number: UInt8 = 1

        func run() { printLine("\(number) \(Token.fresh().text)") }
    }

    /// `usherctl cluster library`.
    struct Library: ParsableCommand {
        /// Where the package of usher-link puts it.
        static let usual = "/usr/share/usher/cluster/usher.lua"
        private static let limit = 1 << 20

        static let configuration = CommandConfiguration(
            abstract: "Print the function library that the store needs.",
            discussion: "usherctl cluster library | redis-cli -h STORE -x FUNCTION LOAD REPLACE")

        @Option(help: "The file, if it is not that of the package usher-link.", completion: .file())
        var file = Self.usual

        func run() throws {
            let bytes: [UInt8]
            do throws(SystemError) { bytes = try SmallFile.read(file, limit: Self.limit) } catch {
                throw ToolError(.unanswered, "\(file): \(error.reason). Is the package usher-link installed?")
            }
            let text = String(decoding: bytes, as: UTF8.self)
            printLine(text.hasSuffix("\n") ? String(text.dropLast()) : text)
        }
    }
}

extension UsherClient.Blocking {
    /// The status of the cluster; throws a sentence of its own where the daemon shares no sessions, or is too old.
    func knownCluster() throws -> ClusterStatus {
        do throws(UsherError) { return try clusterStatus() } catch {
            switch error.code {
            case .unsupported: throw ToolError(.refused, "this host shares no sessions: usherd.toml has no [cluster]")
            case .invalidRequest: throw ToolError(.refused, "usherd is older than usherctl, and cannot say")
            default: throw error
            }
        }
    }
}
