/// The instant before which a host answers no end in an epoch. It counts from the host's first join in the epoch. A
/// restarted daemon still has it, even after a crash, by which the daemon has lost its tables.
package struct KeptFence: Equatable, Sendable {
    /// The epoch.
    package let epoch: Epoch
    /// The epoch's place among all epochs.
    package let ordinal: UInt64
    /// The end, by the CLOCK_BOOTTIME that a restart of the daemon does not change.
    package let end: BootInstant

    /// The fence of `epoch` and `ordinal` that is over at `end`.
    package init(epoch: Epoch, ordinal: UInt64, end: BootInstant) {
        (self.epoch, self.ordinal, self.end) = (epoch, ordinal, end)
    }
}
