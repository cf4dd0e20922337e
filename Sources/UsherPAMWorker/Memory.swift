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

    /// Where the host, or the unit of the broker, has no memory left, the kernel ends processes of logins before others
    /// (oom_score_adj of proc(5)). Works only as long as this process is dumpable; what fails is left as it is.
    static func yield() {
        let file = unsafe usher_open("/proc/self/oom_score_adj", O_WRONLY, 0)
        guard file >= 0 else { return }
        _ = unsafe write(file, "500", 3)
        close(file)
    }

    /// The sixth number of /proc/self/statm (proc(5)), in pages; 0 where it cannot be read.
    private static var present: UInt64 {
        guard let bytes = try? SmallFile.read("/proc/self/statm", limit: 256) else { return 0 }
        let fields = bytes.split(separator: UInt8(ascii: " "))
        guard fields.count > 5, let pages = UInt64(String(decoding: fields[5], as: UTF8.self)) else { return 0 }
        return pages * UInt64(sysconf(Int32(_SC_PAGESIZE)))
    }
}
