/// What fits the private wire between usherd and usher-link.
package enum LinkLimits {
    /// The version of this wire; both sides say theirs first.
    package static let version: UInt16 = 1
    /// Bytes of a datagram. Both sides set SO_SNDBUF to twice that.
    package static let datagram = 131_072
    /// Datagrams of entries that the link may send after a `follow` before usherd grants `more`.
    package static let window: UInt16 = 4
    /// The depth of lists in a reply: the answer to a beat has its members in a list of lists.
    package static let depth = 3
}
