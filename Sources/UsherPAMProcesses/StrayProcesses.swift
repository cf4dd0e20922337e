internal import CLinux
internal import UsherPOSIX

/// Processes that left a worker's group (setsid(2)) and outlived it: as child subreaper (prctl(2)) the broker becomes
/// their parent. They may hold a login's descriptors and memory, so they are killed.
package enum StrayProcesses {
    /// Kills and reaps each child of this process that `isWorker` does not know. Call it at SIGCHLD: the orphans of an
    /// orphan come with the next one.
    package static func end(isWorker: (Int32) -> Bool) {
        for child in children() where !isWorker(child) {
            kill(child, SIGKILL)
            _ = waitpid(child, nil, WNOHANG)
        }
    }

    /// /proc/PID/task/TID/children of this single-threaded process (proc(5)); at most 16 KiB of it, the rest comes next
    /// time.
    private static func children() -> [pid_t] {
        let bytes = (try? SmallFile.prefix(of: "/proc/self/task/\(getpid())/children", 16_384)) ?? []
        // Each number ends with a space; a number after the last space was cut off.
        let whole = bytes.lastIndex(of: UInt8(ascii: " ")) ?? 0
        return bytes[..<whole].split(separator: UInt8(ascii: " ")).compactMap {
            pid_t(String(decoding: $0, as: UTF8.self))
        }
    }
}
