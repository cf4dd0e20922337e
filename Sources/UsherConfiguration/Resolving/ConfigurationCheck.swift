package import UsherEngine
package import UsherNames

/// `usherd --check`: reads a configuration without acting on it.
package struct ConfigurationCheck {
    /// What to print, and whether the configuration is in order (and, where that was asked, the request allowed).
    package struct Report: Equatable {
        /// Lines for a person.
        package var lines: [String]
        /// Whether the exit status is 0.
        package var isFine: Bool
    }

    private let files: ConfigurationFiles

    /// A check of these files.
    package init(_ files: ConfigurationFiles) { self.files = files }

    /// Every error, or what holds, or the answer to `question`; names are looked up by `lookUp`.
    package func run(_ question: PolicyQuestion? = nil, lookUp: ([AccountName]) -> Accounts) -> Report {
        let read: [ConfigurationFile]
        do throws(StartupError) { read = try files.read() } catch {
            return Report(lines: [error.description], isFine: false)
        }
        let draft = Configuration.draft(read)
        let (configuration, faults) = draft.resolved(by: lookUp(draft.names))
        guard faults.isEmpty else { return Report(lines: faults.map(\.description), isFine: false) }
        if let question {
            let (isAllowed, lines) = question.answer(by: Policy(configuration))
            return Report(lines: lines, isFine: isAllowed)
        }
        var lines = read.map { "# \($0.name)" }
        if lines.isEmpty { lines = ["# There is no \(files.file); these are the defaults."] }
        return Report(lines: lines + [configuration.text], isFine: true)
    }
}
