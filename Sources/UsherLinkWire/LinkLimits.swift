/// What fits the private wire between usherd and usher-link.
package enum LinkLimits {
    /// The version of this wire; both sides say theirs first.
    package static let version: UInt16 = 1
    /// Bytes of a datagram. Both sides set SO_SNDBUF to twice that.
    package static let datagram = 131_072
    /// Datagrams of entries that may come for a `follow` without being asked for.
    package static let window: UInt16 = 4
    /// Lists within lists of a reply: that of a beat has the members in its own.
    package static let depth = 3
}
