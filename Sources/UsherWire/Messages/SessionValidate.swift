package import UsherSecrets

/// `session.validate`.
@frozen package struct ValidateParams: ~Copyable {
    /// The token asked about.
    package let token: SessionToken
    /// Whether the session counts as used, which moves its idle deadline.
    package let touches: Bool

    @inline(__always)
    package init(_ request: Request, in bytes: Span<UInt8>) throws(Refusal) {
        if let place = request.token {
            guard let token = SessionToken(text: bytes.extracting(place)) else { throw .invalidParams }
            self.token = token
            touches = true
            return
        }
        var members = try ObjectReader(request, bytes)
        var token: SessionToken?
        var touches = true
        while let key = try members.next(bytes) {
            if try members.matches(key, "token", 0, bytes) {
                token = try members.reader.token(bytes)
            } else if try members.matches(key, "touch", 1, bytes) {
                touches = try members.reader.bool(bytes)
            }
        }
        guard let token else { throw .invalidParams }
        self.token = token
        self.touches = touches
    }
}

extension FrameBuffer {
    /// `session.validate`.
    @inline(__always)
    package mutating func writeValidate(
        id: Int64, token: borrowing SessionToken, touches: Bool = true
    ) -> Ending {
        beginRequest(.validate, id: id)
        member(token)
        if !touches {
            key("touch")
            value(false)
        }
        return endRequest()
    }
}

/// The result of `session.validate`, read by a client.
package struct Validation: Equatable, Sendable {
    /// Nil if the token is not valid.
    package private(set) var session: SessionRecord?
    /// Where the board shows the session; nil unless the connection attached the board.
    package private(set) var cache: BoardPlace?

    package init(_ result: Range<Int>, in bytes: Span<UInt8>) throws(Refusal) {
        var members = try ObjectReader(result, bytes)
        var isValid = false
        while let key = try members.next(bytes) {
            if try members.matches(key, "valid", 0, bytes) {
                isValid = try members.reader.bool(bytes)
            } else if try members.matches(key, "session", 1, bytes) {
                session = try SessionRecord(&members.reader, bytes)
            } else if try members.matches(key, "cache", 2, bytes) {
                cache = try BoardPlace(&members.reader, bytes)
            }
        }
        guard members.has(0), isValid == (session != nil), isValid || cache == nil else { throw .invalidParams }
    }
}

/// The result of `session.validate`.
extension FrameBuffer {
    /// `{"valid":false}`.
    package mutating func notValidResult() {
        literal("{\"valid\":false}", needsComma: true)
    }

    /// `{"valid":true,"session":`: write the session next, then `endValidResult`.
    @inline(__always)
    package mutating func beginValidResult() {
        literal("{\"valid\":true,\"session\":", needsComma: false)
    }

    /// Writes `"cache":{…}}` for a connection that attached the board, else `}`.
    @inline(__always)
    package mutating func endValidResult(cache: BoardPlace? = nil) {
        if let cache {
            literal(",\"cache\":{\"slot\":", needsComma: false)
            value(Int64(cache.slot))
            literal(",\"stamp\":", needsComma: false)
            value(Int64(cache.stamp))
            endObject()
        }
        endObject()
    }
}

/// Where the board shows a session, for clients that attached it.
package struct BoardPlace: Equatable, Sendable {
    package var slot: UInt32
    package var stamp: UInt32

    package init(slot: UInt32, stamp: UInt32) {
        self.slot = slot
        self.stamp = stamp
    }
}

extension BoardPlace {
    fileprivate init(_ reader: inout JSONReader, _ bytes: Span<UInt8>) throws(Refusal) {
        var members = Members()
        var (slot, stamp): (UInt32, UInt32) = (0, 0)
        try reader.enterObject(bytes)
        while let key = try reader.nextMember(bytes) {
            if try members.matches(key, "slot", 0, bytes) {
                slot = try UInt32(reader.integer(bytes, in: 0...Int64(UInt32.max)))
            } else if try members.matches(key, "stamp", 1, bytes) {
                stamp = try UInt32(reader.integer(bytes, in: 0...Int64(UInt32.max)))
            }
        }
        guard members.hasAll(2) else { throw .invalidParams }
        self.init(slot: slot, stamp: stamp)
    }
}
