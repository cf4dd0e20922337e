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

    /// The size of libpam's buffer for a line, continuations included (BUF_SIZE of Linux-PAM 1.5).
    static let buffer = 1024

    /// `auth`, `account`, `password` or `session`; empty for `@include`.
    let type: String
    /// Whether a leading `-` says that the module may be missing.
    let mayBeMissing: Bool
    let action: Action

    /// Nil where `text`, without comments and with its continuations, is no line that libpam would take.
    ///
    /// libpam's separators are blank, tab and line feed: a carriage return is part of a word.
    init?(_ text: some Collection<UInt8>) {
        var rest = Array(text)[...]
        guard let first = Self.word(&rest) else { return nil }
        if first == "@include" {
            guard let file = Self.word(&rest) else { return nil }
            (type, mayBeMissing, action) = ("", false, .includeAll(file: file))
            return
        }
        mayBeMissing = first.utf8.first == UInt8(ascii: "-")
        type = (mayBeMissing ? String(first.dropFirst()) : first).lowercased()
        guard ["auth", "account", "password", "session"].contains(type), let control = Self.word(&rest),
            let path = Self.word(&rest)
        else { return nil }
        if control == "include" || control == "substack" {
            action = .include(control: control, file: path)
        } else {
            let arguments = String(decoding: rest.drop(while: Self.isSpace), as: UTF8.self)
            action = .module(control: control, path: path, arguments: arguments)
        }
    }

    /// Takes a word; one in brackets may have spaces in it.
    private static func word(_ rest: inout ArraySlice<UInt8>) -> String? {
        rest = rest.drop(while: isSpace)
        guard let first = rest.first else { return nil }
        var end = rest.firstIndex(where: isSpace) ?? rest.endIndex
        if first == UInt8(ascii: "["), let bracket = rest.firstIndex(of: UInt8(ascii: "]")) { end = bracket + 1 }
        defer { rest = rest[end...] }
        return String(decoding: rest[..<end], as: UTF8.self)
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

    /// The lines of a file with their numbers, from 1; nil for one that is not understood. Empty ones are left out.
    static func lines(of text: [UInt8]) -> [(number: Int, line: StackLine?)] {
        var found: [(Int, StackLine?)] = []
        var open: [UInt8] = []
        for (index, raw) in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            let code = raw.prefix { $0 != UInt8(ascii: "#") }
            open += code
            if code.count == raw.count, open.last == UInt8(ascii: "\\") {
                open[open.count - 1] = UInt8(ascii: " ")
                continue
            }
            if open.contains(where: { !isSpace($0) }) {
                found.append((index + 1, open.count < buffer ? StackLine(open) : nil))
            }
            open = []
        }
        return found
    }

    /// The numbers of too long lines, comments too: libpam reads the rest of such a line as another line. With its line
    /// feed a line must be shorter than the buffer.
    static func longLines(of text: [UInt8]) -> [Int] {
        text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated()
            .filter { $1.count + 1 >= buffer }.map { $0.offset + 1 }
    }
}
