internal import UsherSessions
internal import UsherWire

/// The frames that a turn has received and handles together.
///
/// Their bytes stand in one buffer. Validations in the usual form (`Request.init(usual:body:)`) are read when they are
/// added, with the digests of their tokens: the ledger fetches what all of them need before the first of them asks for
/// it. All other requests are read when their turn comes. A validation is known again by its offset in the buffer. A
/// batch has digests in it, and no token.
///
/// The server has one batch and empties it after each turn, so that its memory is used again.
package struct FrameBatch {
    /// Validations that are read ahead: nearly all that a full buffer of the server can hold. All others are
    /// read when their turn comes.
    static let limit = 800

    /// Whole frames that were looked at.
    package private(set) var frames = 0
    private var offsets: [Int] = []
    private var requests: [Request] = []
    /// The digests of the validations' tokens, in order.
    private(set) var digests: [TokenDigest] = []
    private var next = 0
    private var fetched = 0

    /// An empty one. It has no memory.
    package init() {}

    /// Adds the frames in `part` of `bytes`, the buffer. `part` begins behind all parts added before. The bytes must
    /// not change until the batch has been handled.
    package mutating func add(_ part: Range<Int>, of bytes: Span<UInt8>) {
        let bytes = bytes.extracting(..<part.upperBound)
        var offset = part.lowerBound
        while digests.count < Self.limit, case .whole(let body) = Frame.inspect(bytes, at: offset) {
            offset = body.upperBound
            frames += 1
            guard let request = Request(usual: bytes, body: body),
                let parameters = try? ValidateParams(request, in: bytes)
            else { continue }
            offsets.append(body.lowerBound)
            requests.append(request)
            digests.append(TokenDigest(of: parameters.token))
        }
    }

    /// The validation whose body is at `offset` of the buffer, with the digest of its token; nil where the request
    /// there was not read ahead. Validations are taken in their order. Some may be left out.
    @inline(__always)
    mutating func take(at offset: Int) -> (request: Request, digest: TokenDigest)? {
        while next < fetched, offsets[next] < offset { next += 1 }
        guard next < fetched, offsets[next] == offset else { return nil }
        defer { next += 1 }
        return (requests[next], digests[next])
    }

    /// The range of ``digests`` that the ledger must fetch before ``take(at:)``: at most ``Ledger/lookAheadWidth``,
    /// each once. Nil most often.
    @inline(__always)
    mutating func due() -> Range<Int>? {
        guard next == fetched, fetched < digests.count else { return nil }
        fetched = min(next + Ledger.lookAheadWidth, digests.count)
        return next..<fetched
    }

    /// Empties it. It keeps its memory.
    package mutating func removeAll() {
        offsets.removeAll(keepingCapacity: true)
        requests.removeAll(keepingCapacity: true)
        digests.removeAll(keepingCapacity: true)
        (next, fetched, frames) = (0, 0, 0)
    }
}
