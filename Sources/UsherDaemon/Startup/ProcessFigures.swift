internal import CLinux
internal import UsherConfiguration
internal import UsherPOSIX
internal import UsherWire

/// What only the process around the engine knows, for `server.stats`.
struct ProcessFigures {
    /// How late the last timer was, and the latest ever, in nanoseconds: what a request may have to wait for its turn.
    private var lag: Int64 = 0
    private var longestLag: Int64 = 0

    /// A timer fired that much too late, in nanoseconds.
    mutating func noteLag(_ nanoseconds: Int64) {
        lag = nanoseconds
        longestLag = max(longestLag, nanoseconds)
    }

    /// The figures, with what the journal, the listeners and the server have counted.
    func figures(journal: Journal, refused: UInt64, cutOff: UInt64) -> [Figure] {
        let status = Self.status
        return [
            Figure("connections_refused", Int64(clamping: refused)),
            Figure("connections_cut_off", Int64(clamping: cutOff)),
            Figure("memory_resident_bytes", Self.bytes("VmRSS:", in: status)),
            Figure("memory_locked_bytes", Self.bytes("VmLck:", in: status)),
            Figure("loop_lag_nanoseconds", lag), Figure("loop_lag_longest_nanoseconds", longestLag),
            Figure("journal_entries_coalesced", Int64(clamping: journal.coalesced)),
            Figure("journal_entries_lost", Int64(clamping: journal.lost)),
        ]
    }

    /// /proc/self/status (proc(5)); empty where it cannot be read.
    private static var status: String { (try? TextFile.read("/proc/self/status")).flatMap(\.self) ?? "" }

    /// The value of a line such as `VmRSS:     1234 kB`, in bytes.
    static func bytes(_ name: String, in status: String) -> Int64 {
        let line = status.split(separator: "\n").first { $0.hasPrefix(name) }
        let words = line?.split(whereSeparator: { $0 == " " || $0 == "\t" }) ?? []
        return words.count > 1 ? (Int64(words[1]) ?? 0) * 1024 : 0
    }
}
