import ArgumentParser
import UsherClient

/// `usherctl cluster`.
struct ClusterCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cluster", abstract: "For hosts that share their sessions.", subcommands: [Key.self])

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
}
