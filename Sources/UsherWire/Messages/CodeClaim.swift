package import UsherSecrets

/// `code.claim`.
@frozen package struct ClaimParams: ~Copyable {
    /// The code that is claimed.
    package let code: SessionToken
    /// `era` of `server.hello` when the code was given out.
    package let era: Int64
    /// The Unix second after which nobody accepts the code.
    package let until: Int64

    package init(_ request: Request, in bytes: Span<UInt8>) throws(Refusal) {
        var members = try ObjectReader(request, bytes)
        var code: SessionToken?
        var (era, until): (Int64?, Int64?)
        while let key = try members.next(bytes) {
            if try members.matches(key, "code", 0, bytes) {
                code = try members.reader.token(bytes)
            } else if try members.matches(key, "era", 1, bytes) {
                era = try members.reader.integer(bytes, in: 0...WireLimit.integer)
            } else if try members.matches(key, "until", 2, bytes) {
                until = try members.reader.integer(bytes, in: 0...WireLimit.integer)
            }
        }
        guard let code, let era, let until else { throw .invalidParams }
        self.code = code
        self.era = era
        self.until = until
    }
}

extension FrameBuffer {
    /// `code.claim`.
    package mutating func writeClaim(id: Int64, code: borrowing SessionToken, era: Int64, until: Int64) -> Ending {
        beginRequest(.claim, id: id)
        key("code")
        value(code)
        key("era")
        value(era)
        key("until")
        value(until)
        return endRequest()
    }
}

/// The result of `code.claim`.
extension FrameBuffer {
    /// `{"claimed":true}` or `{"claimed":false}`.
    package mutating func claimedResult(_ isFirst: Bool) {
        beginObject()
        key("claimed")
        value(isFirst)
        endObject()
    }
}

/// Reads the result of `code.claim`.
package enum ClaimResult {
    /// Whether the code was free until now.
    package static func claimed(_ result: Range<Int>, in bytes: Span<UInt8>) throws(Refusal) -> Bool {
        var members = try ObjectReader(result, bytes)
        var claimed: Bool?
        while let key = try members.next(bytes) {
            if try members.matches(key, "claimed", 0, bytes) { claimed = try members.reader.bool(bytes) }
        }
        guard let claimed else { throw .invalidParams }
        return claimed
    }
}
