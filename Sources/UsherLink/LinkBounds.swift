import UsherLinkWire

/// How much the link keeps. Its memory is bounded by these, whatever usherd and the store do.
enum LinkBounds {
    /// Calls that the store has not answered, and their bytes. Beyond, usherd's datagrams wait in its socket.
    static let calls = 4_096, callBytes = 4 << 20
    /// Bytes of a reply of the store, in memory; the end of its connection is the answer to a larger one.
    static let reply = 1 << 20
    /// Bytes that wait for usherd. Beyond, nothing is read from the store until half of them are gone.
    static let output = 1 << 20
    /// Bytes of entries in a datagram: one entry with the longest note is far below.
    static let entries = 64 << 10
    /// Entries that are read at once.
    static let entriesRead = 64
    /// Datagrams of usherd that are taken in one turn.
    static let datagramsPerTurn = 64
    /// Bytes of a reason in a message to usherd.
    static let reason = 512
    /// Bytes of the prefix of all keys.
    static let prefix = 256
}
