/// Sizes of what stands in the store, by `protocol/CLUSTER.md`.
package enum StoreWireLimits {
    /// Bytes of a record: one with the most data that a session can have, sealed, and less than half a datagram to the
    /// link.
    package static let record = 61_440
    /// Bytes of a record's head.
    static let head = 56
    /// Bytes of a record's nonce, which follows its head.
    static let nonce = 16
    /// Bytes of a note.
    package static let note = 1_024
}
