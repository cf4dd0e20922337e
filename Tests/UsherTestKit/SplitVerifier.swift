import UsherWire

/// Reads frames out of bytes that arrive in pieces, as a connection does.
public struct FrameReader {
    private var bytes: [UInt8] = []

    /// What came out so far.
    public private(set) var frames: [[UInt8]] = []
    /// Whether a length was invalid; nothing is read behind it.
    public private(set) var isBroken = false

    /// Without a byte.
    public init() {}

    /// Takes in a piece.
    public mutating func receive(_ piece: some Sequence<UInt8>) {
        bytes.append(contentsOf: piece)
        while !isBroken {
            switch Frame.inspect(bytes.span) {
            case .incomplete: return
            case .invalidLength: isBroken = true
            case .whole(let body):
                frames.append(Array(bytes[..<body.upperBound]))
                bytes.removeFirst(body.upperBound)
            }
        }
    }

    /// Bytes of a frame that is not whole yet.
    public var pending: Int { bytes.count }
}

/// Feeds the same bytes in every way that they can be cut in two, and byte by byte.
public enum SplitVerifier {
    /// Returns the first cut that changes the outcome, `bytes.count` if single bytes do, and nil if none does. Long
    /// input is cut at its first and last `limit` bytes only.
    public static func firstDifference(_ bytes: [UInt8], limit: Int = 300) -> Int? {
        let whole = outcome([bytes[...]])
        for cut in bytes.indices where cut < limit || cut >= bytes.count - limit {
            if outcome([bytes[..<cut], bytes[cut...]]) != whole { return cut }
        }
        return bytes.count <= 4096 && outcome(bytes.map { [$0][...] }) != whole ? bytes.count : nil
    }

    private static func outcome(_ pieces: [ArraySlice<UInt8>]) -> [[UInt8]] {
        var reader = FrameReader()
        for piece in pieces { reader.receive(piece) }
        return reader.frames + [
            [reader.isBroken ? 1 : 0], reader.isBroken ? [] : Array(repeating: 0, count: reader.pending),
        ]
    }
}
