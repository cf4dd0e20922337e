import ArgumentParser
import UsherClient
import UsherctlText

/// Completions for names that only the daemon knows; none if the caller may not ask it or it cannot be reached.
enum DaemonCompletion {
    /// Names of users who are logged in.
    static let users = CompletionKind.custom { words, _, _ in
        shown(Set(sessions(words).map(\.user)).sorted())
    }

    /// Handles of sessions.
    static let handles = CompletionKind.custom { words, _, _ in sessions(words).map(\.handle.text) }

    /// Services that the caller may use.
    static let services = CompletionKind.custom { words, _, _ in shown((try? client(words)?.hello().services) ?? []) }

    /// Names without those that could steer the terminal, on which the shell shows them.
    private static func shown(_ names: [String]) -> [String] { names.filter { $0 == sanitized($0) } }

    /// The first sessions; a person chooses among few.
    private static func sessions(_ words: [String]) -> [Session] {
        guard let client = try? client(words) else { return [] }
        return (try? client.sessionPage(of: .everybody(realm: nil)).sessions) ?? []
    }

    /// The daemon that the command line so far means.
    private static func client(_ words: [String]) throws -> UsherClient.Blocking? {
        var options: [String] = []
        for (option, value) in zip(words, words.dropFirst()) where ["--socket", "--directory"].contains(option) {
            options += [option, value]
        }
        return try DaemonOptions.parse(options).connect()
    }
}
