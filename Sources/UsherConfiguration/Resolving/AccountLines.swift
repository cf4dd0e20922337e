/// The modules of the account phase of a PAM service (pam.d(5)), as far as they can be read.
struct AccountLines {
    /// Modules that do more in the account phase than answer: they forgive failures, or run what an administrator
    /// wrote.
    private static let active: Set<String> = ["pam_faillock.so", "pam_tally2.so", "pam_exec.so", "pam_script.so"]
    /// Files that one service may consist of.
    private static let maximumFiles = 64

    private let directories: [String]
    private var seen: Set<String> = []
    private var modules: [String] = []

    /// The modules of `service` that do more than answer. The service's file is looked for in `directories`. Lines are
    /// split by bytes, as in libpam.
    static func activeModules(of service: String, in directories: [String]) -> [String] {
        var lines = AccountLines(directories: directories)
        lines.read(service)
        return lines.modules.filter { active.contains($0) }
    }

    private init(directories: [String]) { self.directories = directories }

    /// Reads a file, once.
    private mutating func read(_ name: String) {
        let paths = name.utf8.first == UInt8(ascii: "/") ? [name] : directories.map { "\($0)/\(name)" }
        guard seen.count < Self.maximumFiles, seen.insert(name).inserted else { return }
        guard let text = paths.lazy.compactMap({ (try? TextFile.read($0)) ?? nil }).first else { return }
        for line in text.utf8.split(separator: UInt8(ascii: "\n")) { take(Self.words(of: line)) }
    }

    private mutating func take(_ words: [String]) {
        guard words.count >= 2 else { return }
        if words[0] == "@include" { return read(words[1]) }
        guard ["account", "-account"].contains(words[0]), words.count >= 3 else { return }
        if ["include", "substack"].contains(words[1]) { return read(words[2]) }
        modules.append(words[2].split(separator: "/").last.map(String.init) ?? words[2])
    }

    /// Words of a line, without its comment; a control field in brackets is one.
    private static func words(of line: Substring.UTF8View) -> [String] {
        var words: [String] = []
        var rest = line.prefix { $0 != UInt8(ascii: "#") }
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }
        while true {
            rest = rest.drop(while: isSpace)
            guard let first = rest.first else { return words }
            var end = rest.firstIndex(where: isSpace) ?? rest.endIndex
            if first == UInt8(ascii: "["), let bracket = rest.firstIndex(of: UInt8(ascii: "]")) {
                end = rest.index(after: bracket)
            }
            words.append(String(decoding: rest[..<end], as: UTF8.self))
            rest = rest[end...]
        }
    }
}
