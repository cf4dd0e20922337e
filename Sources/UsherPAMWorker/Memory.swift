internal import CLinux
internal import UsherPOSIX

/// How much memory the modules of a login may take: a bound so that one which allocates without end fails its own
/// login.
///
/// RLIMIT_DATA counts memory of one process that is private and can be written; not what is shared, nor what children
/// take. Rejected: RLIMIT_AS, which also counts what is only reserved, gigabytes with modules in Go and terabytes with
/// sanitizers.
enum Memory {
    /// Bytes; a yescrypt hash takes 16 MiB, a client of a directory some dozen.
    private static let bound: UInt64 = 1 << 30

    /// Sets the limit (setrlimit(2)) to `bound` beyond what the process has already, which sanitizers make large. False
    /// on failure.
    static func limit() -> Bool { usher_limit_data(present + bound) == 0 }

    /// The sixth number of /proc/self/statm (proc(5)), in pages; 0 where it cannot be read.
    private static var present: UInt64 {
        guard let bytes = try? SmallFile.read("/proc/self/statm", limit: 256) else { return 0 }
        let fields = bytes.split(separator: UInt8(ascii: " "))
        guard fields.count > 5, let pages = UInt64(String(decoding: fields[5], as: UTF8.self)) else { return 0 }
        return pages * UInt64(sysconf(Int32(_SC_PAGESIZE)))
    }
}
