/// The layout of the limiter's memory: a header, then entries in buckets of 8, then a sketch of the names without an
/// entry, then a sketch of budgets. All fields are 64-bit words in native order (the memory never leaves the host), at
/// the word offsets below.
///
/// Times are nanoseconds since boot, 0 for never. Nothing read is trusted: counts are clamped to the cap and times to
/// now. So any content behind a valid header is a state of the limiter, whatever wrote it.
package enum LimiterLayout {
    /// "USHRTHRO", read as a little-endian word.
    static let magic: UInt64 = 0x4F52_4854_5248_5355
    /// Number of this layout; another one is not adopted.
    static let version: UInt64 = 2

    /// Words of the header: one page.
    static let headerWords = 512
    /// Words of an entry: 384 bytes.
    static let entryWords = 48
    /// Entries of a bucket.
    static let ways = 8

    /// Fields of the header.
    enum Header {
        static let magic = 0, version = 1, entries = 2, entryWords = 3, rows = 4, words = 5, keyLow = 6, keyHigh = 7
    }

    /// Fields of an entry. `hash` is 0 in a free one; it is stored last, and zeroed first.
    enum Entry {
        static let hash = 0, failures = 1, lastFailure = 2, failuresSince = 3, lastSuccess = 4, lastUse = 5
        /// Bytes of the name and of the realm in use.
        static let nameSize = 6, realmSize = 7
        /// 64 bytes of the name, 32 of the realm.
        static let name = 8, realm = 16
        /// Sources of the user's successes.
        static let sources = 20
        static let sourceWords = 3
        static let sourceCount = 8
        static let nameCapacity = 64, realmCapacity = 32
        /// The place (`LimiterTicket.place`) of the last failure that came from no known source.
        static let lastSource = 44
        /// How often an administrator has forgiven the name.
        static let forgiven = 45
    }

    /// Fields of a source in an entry.
    enum Source {
        static let hash = 0, failures = 1, lastUse = 2
    }

    /// The number of entries that the daemon makes room for: 34 MiB, of which only touched pages are real.
    package static let defaultEntries = 65_536
    /// The most entries; 340 MiB.
    static let maximumEntries = 1 << 19 + 1 << 17

    /// Bytes that a limiter of `entries` names takes. Precondition: a positive multiple of 8.
    package static func size(entries: Int) -> Int {
        precondition(entries > 0 && entries % ways == 0 && entries <= maximumEntries)
        return words(entries: entries) * 8
    }

    static func words(entries: Int) -> Int { sources(entries: entries) + LimiterSketch.rows * entries }

    /// Words in a row of the sketch of names, for each entry of the table. A row of the sketch of sources has one.
    static let nameColumns = 4

    /// First word of the sketch of names.
    static func names(entries: Int) -> Int { headerWords + entries * entryWords }

    /// First word of the sketch of sources.
    static func sources(entries: Int) -> Int {
        names(entries: entries) + LimiterSketch.rows * nameColumns * entries
    }
}
