import ArgumentParser

/// A word in the place of a command that is no command.
struct UnknownCommand {
    /// What was typed.
    let word: String
    /// The command that was probably meant.
    let suggestion: String?

    /// The first such word of `arguments`; nil where there is none.
    init?(in arguments: [String]) {
        var commands: [any ParsableCommand.Type] = Usherctl.configuration.subcommands
        var words = arguments[...]
        if words.first == "help" { words = words.dropFirst() }
        while let word = words.popFirst(), !word.hasPrefix("-") {
            let names = commands.map { $0.configuration.commandName ?? $0._commandName } + ["help"]
            guard let found = commands.first(where: { $0._commandName == word }) else {
                guard word != "help", !commands.isEmpty else { return nil }
                self.word = word
                suggestion = Self.nearest(to: word, among: names)
                return
            }
            commands = found.configuration.subcommands
        }
        return nil
    }

    /// A sentence for the person.
    var text: String {
        let end = suggestion.map { "did you mean '\($0)'?" } ?? "'usherctl --help' shows all."
        return "there is no command '\(word)'; \(end)"
    }

    /// The name that takes the fewest changes, if these are few for its length.
    private static func nearest(to word: String, among names: [String]) -> String? {
        let distances = names.map { (name: $0, distance: distance(Array(word.utf8.prefix(64)), Array($0.utf8))) }
        let best = distances.min { $0.distance < $1.distance }
        return best.flatMap { $0.distance <= max(1, $0.name.utf8.count / 2) ? $0.name : nil }
    }

    /// The edit distance of Levenshtein: insertions, deletions and replacements of bytes.
    static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var row = Array(0...right.count)
        for (index, byte) in left.enumerated() {
            var corner = row[0]
            row[0] = index + 1
            for column in right.indices {
                let replaced = corner + (byte == right[column] ? 0 : 1)
                corner = row[column + 1]
                row[column + 1] = min(replaced, min(row[column], corner) + 1)
            }
        }
        return row[right.count]
    }
}
