internal import CLinux

/// The limits of the broker on descriptors and processes (getrlimit(2)), by which every login could fail.
///
/// A process of the same user can lower them (prlimit(2)); no worker can (`usher_keep_limits`), but other programs of
/// that user. The broker cannot raise them again. It then ends, and the service manager starts it with those of its
/// unit.
struct OwnLimits {
    /// Soft and hard limits, in a fixed order.
    private let values: [UInt64]

    /// The present ones.
    init() {
        values = [RLIMIT_NOFILE, __RLIMIT_NPROC].flatMap { resource in
            var limit = rlimit()
            unsafe getrlimit(CInt(resource.rawValue), &limit)
            return [limit.rlim_cur, limit.rlim_max].map { UInt64($0) }
        }
    }

    /// Whether one of them is lower than it was.
    func areBelow(_ earlier: OwnLimits) -> Bool { zip(values, earlier.values).contains { $0 < $1 } }
}
