/// A datagram between usherd and usher-link, on a SOCK_SEQPACKET socket. Integers are big-endian; bytes and lists have
/// their count in four bytes in front. The link is a pipe: it neither reads records nor decides anything.
///
/// Rejected: RESP through the pipe, as usherd would parse what the network says.
package enum LinkMessage: Equatable, Sendable {
    // From usherd.
    /// The first one: the version of the wire, the replicas that confirm, and the prefix of all keys.
    case configure(version: UInt16, copies: UInt16, prefix: [UInt8])
    /// Calls a function. A confirmed call is answered once the replicas have it, or with the error `UNCONFIRMED` where
    /// they have not within so many milliseconds.
    case call(UInt64, LinkFunction, isConfirmed: Bool, milliseconds: UInt32, [[UInt8]])
    /// Reads the stream from behind an entry, in place of what was read before, and the bell of `member`. At most
    /// `LinkLimits.window` datagrams of entries come before usherd asks for more.
    case follow(UInt64, ordinal: UInt64, number: UInt64, member: [UInt8])
    /// The link may send `count` more datagrams of entries.
    case more(UInt64, count: UInt16)

    // From usher-link.
    /// The first one: the version of the wire.
    case greet(version: UInt16)
    /// All connections with the store are made.
    case up
    /// The connections are gone, together, for this reason. It is the link's last message: usherd connects to it anew.
    case down([UInt8])
    /// There are no connections yet, for this reason; the link goes on trying.
    case away([UInt8])
    /// The store's answer to a call.
    case reply(UInt64, LinkValue)
    /// The error that the store answered to a call with.
    case failure(UInt64, [UInt8])
    /// Entries of the stream; `isEnd` where there were no more when it was read.
    case entries(UInt64, isEnd: Bool, [LinkEntry])
    /// The bell of the `follow` with this id: all members seem to have acknowledged this number.
    case bell(UInt64, minimum: UInt64)
}

/// An entry of the stream and its place.
package struct LinkEntry: Equatable, Sendable {
    /// The ordinal of the entry's epoch.
    package let ordinal: UInt64
    /// Its number there.
    package let number: UInt64
    /// What the stream has in the field `b`.
    package let body: [UInt8]

    /// An entry of these parts.
    package init(ordinal: UInt64, number: UInt64, body: [UInt8]) {
        (self.ordinal, self.number, self.body) = (ordinal, number, body)
    }
}

/// The first byte of a message.
enum LinkKind: UInt8 {
    case configure = 1, call, follow, more
    case greet = 65, up, down, reply, failure, entries, bell, away
}
