/// The place to which a session was moved. Hosts tell it to a store that has lost the move. The host that moved the
/// session may be the only one that has its record, and puts that back.
package struct Succession: Hashable, Sendable {
    /// The digest that the session goes on under.
    package let digest: SharedDigest
    /// The edition of the record that was moved. A record of a newer edition is newer than the move.
    package let edition: Edition

    /// The move to `digest` of the record of `edition`.
    package init(digest: SharedDigest, edition: Edition) { (self.digest, self.edition) = (digest, edition) }

    /// What the note of an entry tells; nil where it is not 32 bytes.
    package init?(_ note: [UInt8]) {
        guard note.count == 32 else { return nil }
        let words = stride(from: 0, to: 32, by: 8).map { start in
            note[start..<start + 8].reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
        }
        digest = SharedDigest(high: words[0], low: words[1])
        edition = Edition(era: words[3], version: words[2])
    }

    /// The note of the entry: digest, version and era, big-endian.
    package var note: [UInt8] {
        digest.bytes + SharedDigest(high: edition.version, low: edition.era).bytes
    }
}
