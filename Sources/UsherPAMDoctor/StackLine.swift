/// A line of a PAM service file (pam.conf(5)), as far as it has to be understood to put another module in its place.
struct StackLine: Equatable {
    /// What a line does.
    enum Action: Equatable {
        /// Runs a module; the control field and the arguments stand as they were.
        case module(control: String, path: String, arguments: String)
        /// Takes the lines of its type from another file; `substack` ends with that file.
        case include(control: String, file: String)
        /// `@include`: takes all lines from another file.
        case includeAll(file: String)
    }

    /// `auth`, `account`, `password` or `session`; empty for `@include`.
    let type: String
    /// Whether a leading `-` says that the module may be missing.
    let mayBeMissing: Bool
    let action: Action

    /// Nil where `text`, without comments and with its continuations, is no line that libpam would take.
    init?(_ text: Substring) {
        var rest = text
        guard let first = Self.word(&rest) else { return nil }
        if first == "@include" {
            guard let file = Self.word(&rest) else { return nil }
            (type, mayBeMissing, action) = ("", false, .includeAll(file: String(file)))
            return
        }
        mayBeMissing = first.hasPrefix("-")
        type = (mayBeMissing ? first.dropFirst() : first).lowercased()
        guard ["auth", "account", "password", "session"].contains(type), let control = Self.word(&rest),
            let path = Self.word(&rest)
        else { return nil }
        if control == "include" || control == "substack" {
            action = .include(control: String(control), file: String(path))
        } else {
            action = .module(
                control: String(control), path: String(path), arguments: String(rest.drop(while: Self.isSpace)))
        }
    }

    /// Takes a word; one in brackets may have spaces in it.
    private static func word(_ rest: inout Substring) -> Substring? {
        rest = rest.drop(while: isSpace)
        guard let first = rest.first else { return nil }
        var end = rest.firstIndex(where: isSpace) ?? rest.endIndex
        if first == "[", let bracket = rest.firstIndex(of: "]") { end = rest.index(after: bracket) }
        defer { rest = rest[end...] }
        return rest[..<end]
    }

    private static func isSpace(_ character: Character) -> Bool { character == " " || character == "\t" }

    /// The lines of a file with their numbers, from 1; nil for one that is not understood. Empty ones are left out.
    static func lines(of text: String) -> [(number: Int, line: StackLine?)] {
        var found: [(Int, StackLine?)] = []
        var open = ""
        for (index, raw) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            open += raw.prefix { $0 != "#" }
            if open.hasSuffix("\\") {
                open = open.dropLast() + " "
                continue
            }
            if open.contains(where: { !isSpace($0) }) { found.append((index + 1, StackLine(open[...]))) }
            open = ""
        }
        return found
    }
}
