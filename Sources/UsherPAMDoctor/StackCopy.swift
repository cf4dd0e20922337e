internal import CLinux
internal import UsherPOSIX

/// A copy of a PAM stack in which every module of the phases that Usher runs is traced.
///
/// The copy has a file for each file of the original, so that `include`, `substack` and jumps mean the same; a file
/// that is not there, a line that is not understood, a phase without a line and a stack without an end are findings.
struct StackCopy {
    /// A module's place in the original.
    struct Place: Equatable {
        /// `FILE:LINE`.
        let origin: String
        let type: String
        /// As it is written there.
        let module: String
        /// Where it lies; nil where it was not found.
        let path: String?
        let arguments: [Substring]
    }

    /// The most files of one stack, whose nesting libpam bounds (PAM_SUBSTACK_MAX_LEVEL), and the most bytes of a file.
    private static let maximumFiles = 64, maximumSize = 65_536
    /// The phases of a stack that Usher runs.
    private static let phases = ["auth", "account"]

    private(set) var places: [Place] = []
    private(set) var findings: [String] = []
    /// Texts of the files of the copy by their names in it.
    private(set) var files: [String: String] = [:]

    private let directory: String?
    private let target: String
    private let tracer: String
    private let tag: String
    private var names: [String: String] = [:]
    /// The lines of the original files, by their paths.
    private var lines: [String: [StackLine]] = [:]

    /// Copies `service` of `directory`, the system's if that is nil, for the directory `target`. The tracer reports
    /// each traced line as `TAG-INDEX`, with the index of its place.
    init(of service: String, in directory: String?, to target: String, tracer: String, tag: String) {
        self.directory = directory
        self.target = target
        self.tracer = tracer
        self.tag = tag
        let path = Self.find(service, directory) ?? service
        names[path] = target + "/" + service
        copy(path, to: service)
        guard lines[path] != nil else { return }
        for phase in Self.phases where !hasLine(of: phase, in: path, visited: []) {
            findings.append(
                "\(path) has no line for the phase \(phase): PAM asks the service 'other' in its place, which denies. "
                    + "Add, for instance: \(phase) required pam_unix.so")
        }
    }

    /// The file of a service or of an include, where libpam looks for it. libpam looks for included files in the
    /// system's directory, even from a service in another directory (Linux-PAM 1.5.2).
    static func find(_ name: String, _ directory: String?) -> String? {
        if name.hasPrefix("/") { return unsafe access(name, F_OK) == 0 ? name : nil }
        let places = directory.map { [$0] } ?? ["/etc/pam.d", "/usr/lib/pam.d"]
        return places.map { $0 + "/" + name }.first { unsafe access($0, F_OK) == 0 }
    }

    private mutating func copy(_ path: String, to name: String) {
        guard let bytes = try? SmallFile.read(path, limit: Self.maximumSize) else {
            return findings.append("\(path) cannot be read by this user. Make it readable (chmod 644).")
        }
        lookAtLineEnds(bytes, path)
        let read = StackLine.lines(of: bytes)
        lines[path] = read.compactMap(\.line)
        var copy = ""
        for (number, line) in read { copy += traced(line, "\(path):\(number)") + "\n" }
        files[name] = copy
    }

    private mutating func lookAtLineEnds(_ bytes: [UInt8], _ path: String) {
        let isDOS = zip(bytes, bytes.dropFirst()).contains { $0 == UInt8(ascii: "\r") && $1 == UInt8(ascii: "\n") }
        if isDOS {
            findings.append(
                "\(path): lines end with CR LF, and PAM takes the CR for a part of the last word. "
                    + "Remedy: sed -i 's/\\r$//' \(path)")
        }
        for number in StackLine.longLines(of: bytes) {
            findings.append(
                "\(path):\(number): longer than \(StackLine.buffer - 2) bytes; PAM reads the rest as another line. "
                    + "Break it, with \\ at the ends, or shorten it.")
        }
    }

    /// Whether a line of `phase` takes part in the stack that begins with the file at `path`.
    private func hasLine(of phase: String, in path: String, visited: Set<String>) -> Bool {
        guard !visited.contains(path) else { return false }
        return (lines[path] ?? []).contains { line in
            switch line.action {
            case .module: line.type == phase
            case .include(_, let file) where line.type != phase: file.isEmpty
            case .include(_, let file), .includeAll(let file):
                Self.find(file, nil).map { hasLine(of: phase, in: $0, visited: visited.union([path])) } ?? false
            }
        }
    }

    private mutating func traced(_ line: StackLine?, _ origin: String) -> String {
        guard let line else {
            findings.append("\(origin): no line that PAM understands. It lets the stack fail.")
            return "auth required pam_deny.so"
        }
        switch line.action {
        case .includeAll(let file): return "@include " + included(file, origin)
        case .include(let control, let file): return "\(line.type) \(control) \(included(file, origin))"
        case .module(let control, let path, let arguments):
            let place = Place(
                origin: origin, type: line.type, module: path, path: ModulePath.find(path),
                arguments: arguments.split { $0 == " " || $0 == "\t" })
            let prefix = (line.mayBeMissing ? "-" : "") + "\(line.type) \(control) "
            let plain = prefix + "\(path) \(arguments)"
            let copy = prefix + "\(tracer) \(tag)-\(places.count) \(place.path ?? path) \(arguments)"
            guard Self.phases.contains(line.type) else { return plain }
            if place.path == nil, line.mayBeMissing {
                if ["required", "requisite"].contains(control.lowercased()) {
                    findings.append(
                        "\(origin): \(path) is not there, and the stack fails: the - only keeps PAM from logging it. "
                            + "Say optional, or take the line out.")
                }
                return plain
            }
            // A line that is too long with the tracer in it stays as it is, untraced.
            guard copy.utf8.count + 1 < StackLine.buffer else { return plain }
            places.append(place)
            return copy
        }
    }

    private mutating func included(_ file: String, _ origin: String) -> String {
        guard let path = Self.find(file, nil) else {
            findings.append(
                "\(origin): \(file) is not there; libpam refuses the whole stack. Make the file, or take the line out.")
            return file
        }
        if let known = names[path] { return known }
        guard names.count < Self.maximumFiles else {
            findings.append("\(origin): the stack has more than \(Self.maximumFiles) files.")
            return file
        }
        let name = "part-\(names.count)"
        names[path] = target + "/" + name
        copy(path, to: name)
        return target + "/" + name
    }
}

/// Where libpam looks for modules.
enum ModulePath {
    private static let directories = [
        "/lib/security", "/lib64/security", "/usr/lib/security", "/usr/lib64/security",
        "/usr/lib/x86_64-linux-gnu/security", "/usr/lib/aarch64-linux-gnu/security",
    ]

    /// The file of a module; nil where there is none.
    static func find(_ name: String) -> String? {
        if name.hasPrefix("/") { return unsafe access(name, F_OK) == 0 ? name : nil }
        return directories.map { $0 + "/" + name }.first { unsafe access($0, F_OK) == 0 }
    }
}
