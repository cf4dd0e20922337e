/// Why a snapshot is not used. The value is what the journal says.
package enum SnapshotFault: String, Error {
    /// It is not whole, or no host has written such words.
    case damaged
    /// Another version of usherd has written it.
    case otherLayout = "other layout"
    /// An earlier process has used it.
    case used
    /// It is another member's, or the member has sent beats since.
    case otherMember = "other member"
    /// It is of other settings.
    case otherSettings = "other settings"
    /// There is no room for what is in it.
    case tooLarge = "too large"
}

/// Reads the words that a ``SnapshotWriter`` has written. No words can make it trap, or use more memory than they do.
package struct SnapshotReader {
    private let source: (Range<Int>) -> [UInt64]
    private let count: Int
    private var read = 0
    private var words: [UInt64] = []
    private var at = 0

    /// Reads `count` words; `source` gives those of a range, and fewer where there are no more.
    package init(count: Int, _ source: @escaping (Range<Int>) -> [UInt64]) {
        (self.count, self.source) = (count, source)
    }

    /// The next number.
    package mutating func number() throws(SnapshotFault) -> UInt64 {
        if at == words.count {
            words = source(read..<min(read + SnapshotWriter.piece, count))
            (read, at) = (read + words.count, 0)
            guard !words.isEmpty else { throw .damaged }
        }
        at += 1
        return words[at - 1]
    }

    /// The next number, which has 32 bits.
    package mutating func half() throws(SnapshotFault) -> UInt32 {
        guard let half = UInt32(exactly: try number()) else { throw .damaged }
        return half
    }

    /// The two numbers of the next word.
    package mutating func halves() throws(SnapshotFault) -> (UInt32, UInt32) {
        let word = try number()
        return (UInt32(word >> 32), UInt32(truncatingIfNeeded: word))
    }

    /// The next `count` flags, which are in one word.
    package mutating func flags(_ count: Int) throws(SnapshotFault) -> [Bool] {
        let word = try number()
        guard word >> UInt64(count) == 0 else { throw .damaged }
        return (0..<count).map { word >> UInt64($0) & 1 == 1 }
    }

    /// A flag in a word of its own.
    package mutating func flag() throws(SnapshotFault) -> Bool { try flags(1)[0] }

    /// The length of a list, `most` at most, with elements of at least `size` words.
    package mutating func length(_ most: Int, of size: Int = 1) throws(SnapshotFault) -> Int {
        let length = try number()
        guard length <= UInt64(most) else { throw .tooLarge }
        guard Int(length) <= (count - read + words.count - at) / size else { throw .damaged }
        return Int(length)
    }

    /// The next bytes, `most` at most.
    package mutating func bytes(_ most: Int) throws(SnapshotFault) -> [UInt8] {
        let length = try number()
        guard length <= UInt64(most) else { throw .damaged }
        var bytes: [UInt8] = []
        while bytes.count < Int(length) {
            let word = try number()
            let rest = min(8, Int(length) - bytes.count)
            for place in 0..<rest { bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(8 * place))) }
        }
        return bytes
    }

    /// A list of at most `most` elements of at least `size` words each.
    package mutating func list<Element>(
        _ most: Int, of size: Int = 1, _ element: (inout SnapshotReader) throws(SnapshotFault) -> Element
    ) throws(SnapshotFault) -> [Element] {
        var list: [Element] = []
        for _ in 0..<(try length(most, of: size)) { list.append(try element(&self)) }
        return list
    }

    /// Checks that nothing is left.
    package mutating func end() throws(SnapshotFault) {
        guard at == words.count, read == count else { throw .damaged }
    }
}
