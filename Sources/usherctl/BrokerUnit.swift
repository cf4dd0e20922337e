import CLinux

/// The settings of usher-pam.service as they are installed, drop-ins included, to run another program under them.
struct BrokerUnit {
    /// Where units lie (systemd.unit(5)), the first one that has it counts.
    private static let directories = [
        "/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system",
        "/lib/systemd/system",
    ]
    /// What says how the broker is started, stopped and watched; all else is its surroundings.
    private static let own: Set<Substring> = [
        "Type", "NotifyAccess", "Restart", "RestartSec", "WatchdogSec", "TimeoutStartSec", "TimeoutStopSec",
        "TimeoutSec",
        "Sockets", "FileDescriptorStoreMax", "StandardInput", "StandardOutput", "StandardError",
        "RuntimeDirectoryPreserve",
    ]

    /// `-p KEY=VALUE` for each setting, in order. What the broker keeps in its runtime directory stays.
    let properties: [String]
    /// The broker, and its service directory if it has one of its own.
    let command: [String]

    /// Nil where it is not installed.
    init?() {
        guard let main = Self.directories.lazy.compactMap({ Self.lines(of: $0 + "/usher-pam.service") }).first else {
            return nil
        }
        let dropIns = Self.directories.map { $0 + "/usher-pam.service.d" }.flatMap { directory in
            Self.names(in: directory).filter { $0.hasSuffix(".conf") }.map { directory + "/" + $0 }
        }
        self.init(lines: main + dropIns.compactMap(Self.lines(of:)).joined())
    }

    /// The unit of these lines; nil where it starts nothing.
    init?(lines: [Substring]) {
        var section: Substring = ""
        var properties: [String] = []
        var start: [Substring] = []
        for line in lines where !line.hasPrefix("#") && !line.hasPrefix(";") {
            if line.hasPrefix("[") { section = line }
            guard section == "[Service]", let equals = line.firstIndex(of: "=") else { continue }
            let key = line[..<equals]
            if key == "ExecStart" { start = line[line.index(after: equals)...].split(separator: " ") }
            if !key.hasPrefix("Exec"), !Self.own.contains(key) { properties += ["-p", String(line)] }
        }
        guard let program = start.first else { return nil }
        self.properties = properties + ["-p", "RuntimeDirectoryPreserve=yes"]
        let directory = start.firstIndex(of: "--service-directory").map { start[$0...].prefix(2) } ?? []
        command = [String(program)] + directory.map(String.init)
    }

    /// Whether this host was booted with systemd (sd_booted(3)).
    static var hasManager: Bool { unsafe access("/run/systemd/system", F_OK) == 0 }

    private static func lines(of path: String) -> [Substring]? {
        let file = unsafe usher_open(path, O_RDONLY, 0)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe read(file, &bytes, bytes.count)
        return String(decoding: bytes[..<max(count, 0)], as: UTF8.self).split(separator: "\n")
    }

    /// readdir(3), in the order of names.
    private static func names(in directory: String) -> [String] {
        guard let stream = unsafe opendir(directory) else { return [] }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            names.append(
                unsafe withUnsafeBytes(of: &entry.pointee.d_name) { name in
                    unsafe String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
                })
        }
        return names.sorted()
    }
}
