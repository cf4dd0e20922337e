package import UsherSessions

/// A point in time as the engine sees it: CLOCK_BOOTTIME for everything that is decided, Unix time only for what is
/// shown.
package struct Moment: Sendable {
    /// Nanoseconds of CLOCK_BOOTTIME.
    package var nanoseconds: Int64
    /// What must be added to seconds since boot to get Unix seconds.
    package var unixOffset: Int64

    /// A point in time.
    package init(nanoseconds: Int64, unixOffset: Int64) {
        self.nanoseconds = nanoseconds
        self.unixOffset = unixOffset
    }

    /// Seconds since boot, as the ledger counts them.
    package var seconds: LedgerSeconds { LedgerSeconds(Int32(clamping: nanoseconds / 1_000_000_000)) }

    /// The Unix time of `instant`, also of one before the start of the machine.
    package func unix(_ instant: LedgerSeconds) -> Int64 { Int64(instant.rawValue) + unixOffset }

    /// Time since boot.
    package var sinceBoot: Duration { .nanoseconds(nanoseconds) }
}
