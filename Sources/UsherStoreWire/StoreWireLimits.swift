/// Sizes of what stands in the store, by `protocol/CLUSTER.md`.
package enum StoreWireLimits {
    /// Most bytes of a record: a session with the most data fits, sealed, and a record is less than half a datagram.
    package static let record = 61_440
    /// Bytes of a record's head.
    static let head = 64
    /// Bytes of a record's nonce, which follows its head.
    static let nonce = 16
    /// Bytes of a note.
    package static let note = 1_024
}
