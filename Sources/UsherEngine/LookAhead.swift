internal import UsherSessions
internal import UsherWire

/// Validations that are about to be handled, read already, with the digests of their tokens: so that the ledger can
/// fetch what all of them need before the first of them asks for it.
///
/// Only requests in the usual form (`Request.init(usual:body:)`) are here; all others are read when their turn comes. A
/// request is known again by where its bytes stand, and forgotten with them. There are digests in it, and no token.
struct LookAhead {
    /// As many requests as are looked ahead for, nearly all that a full buffer of the server can hold; those beyond are
    /// handled without.
    static let limit = 800

    private var addresses: [UInt] = []
    private var requests: [Request] = []
    /// In the order of their requests.
    private(set) var digests: [TokenDigest] = []
    private var next = 0
    private var fetched = 0

    init() {
        addresses.reserveCapacity(Self.limit)
        requests.reserveCapacity(Self.limit)
        digests.reserveCapacity(Self.limit)
    }

    /// Reads the frames in `bytes`, which stand behind those read before and stay there until ``forget()``.
    mutating func expect(_ bytes: Span<UInt8>) {
        let address = Self.address(of: bytes)
        var offset = 0
        while digests.count < Self.limit, case .whole(let body) = Frame.inspect(bytes, at: offset) {
            offset = body.upperBound
            guard let request = Request(usual: bytes, body: body),
                let parameters = try? ValidateParams(request, in: bytes)
            else { continue }
            addresses.append(address + UInt(body.lowerBound))
            requests.append(request)
            digests.append(TokenDigest(of: parameters.token))
        }
    }

    /// The request at `offset` of `bytes`, if it was expected, with the digest of its token. Requests are taken in the
    /// order of their bytes; some may be left out.
    @inline(__always)
    mutating func take(at offset: Int, of bytes: Span<UInt8>) -> (request: Request, digest: TokenDigest)? {
        let address = Self.address(of: bytes) + UInt(offset)
        while next < fetched, addresses[next] < address { next += 1 }
        guard next < fetched, addresses[next] == address else { return nil }
        defer { next += 1 }
        return (requests[next], digests[next])
    }

    /// Which of ``digests`` are to be fetched now, before ``take(at:of:)``: as many as the ledger likes, once for each.
    /// Nil most often.
    @inline(__always)
    mutating func due() -> Range<Int>? {
        guard next == fetched, fetched < digests.count else { return nil }
        fetched = min(next + Ledger.lookAheadWidth, digests.count)
        return next..<fetched
    }

    /// Nothing is expected any more.
    mutating func forget() {
        addresses.removeAll(keepingCapacity: true)
        requests.removeAll(keepingCapacity: true)
        digests.removeAll(keepingCapacity: true)
        (next, fetched) = (0, 0)
    }

    @inline(__always)
    private static func address(of bytes: Span<UInt8>) -> UInt {
        unsafe bytes.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) }
    }
}
