import CLinux

/// Other processes, by proc(5).
package enum ProcessTable {
    /// The processes whose parent is `pid`, without zombies.
    package static func children(of pid: pid_t) -> [pid_t] {
        File.names("/proc").compactMap { pid_t($0) }.filter { fields(of: $0).map { $0.parent == pid } ?? false }
    }

    /// All processes below `pid`.
    package static func descendants(of pid: pid_t) -> [pid_t] {
        children(of: pid).flatMap { [$0] + descendants(of: $0) }
    }

    /// The program's name, at most 15 bytes.
    package static func name(of pid: pid_t) -> String {
        String(File.text("/proc/\(pid)/comm").prefix { $0 != "\n" })
    }

    /// Whether the process exists and is no zombie.
    package static func isRunning(_ pid: pid_t) -> Bool { fields(of: pid) != nil }

    /// Memory in use by a process, in bytes (VmRSS).
    package static func residentBytes(of pid: pid_t) -> Int {
        let line = File.text("/proc/\(pid)/status").split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) << 10
    }

    /// Descriptors that a process has open.
    package static func descriptors(of pid: pid_t) -> Int { File.names("/proc/\(pid)/fd").count { $0.first != "." } }

    private static func fields(of pid: pid_t) -> (state: Substring, parent: pid_t)? {
        // The name stands in brackets and may hold anything.
        let text = File.text("/proc/\(pid)/stat")
        guard let bracket = text.lastIndex(of: ")") else { return nil }
        let rest = text[text.index(after: bracket)...].split(separator: " ")
        guard rest.count > 1, let parent = pid_t(rest[1]), rest[0] != "Z", rest[0] != "X" else { return nil }
        return (rest[0], parent)
    }
}
