package import UsherNames
internal import UsherSecrets

// Answers of the daemon. `beginAnswer`, the value of `result`, `endAnswer`; each writer here writes one value. A frame
// that does not fit is taken back as a whole (`FrameBuffer.Ending`).

/// A session's figures; its texts are lent beside it, so that nothing is copied for an answer.
package struct SessionFigures: Equatable, Sendable {
    /// Its public name.
    package var handle: SessionHandle
    /// The account behind the name, nil where there is none.
    package var uid: UInt32?
    /// Unix seconds.
    package var created: Int64
    package var authenticated: Int64
    package var lastSeen: Int64
    package var idleExpires: Int64
    package var expires: Int64
    /// Of its data, from 1.
    package var version: Int64

    package init(
        handle: SessionHandle, uid: UInt32?, created: Int64, authenticated: Int64, lastSeen: Int64,
        idleExpires: Int64, expires: Int64, version: Int64
    ) {
        self.handle = handle
        self.uid = uid
        self.created = created
        self.authenticated = authenticated
        self.lastSeen = lastSeen
        self.idleExpires = idleExpires
        self.expires = expires
        self.version = version
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

extension FrameBuffer {
    /// Starts the answer to a request that still stands in `bytes`; write the result's value next.
    @inline(__always)
    package mutating func beginAnswer(to request: Request, in bytes: Span<UInt8>) {
        beginFrame()
        literal("{\"jsonrpc\":\"2.0\",\"id\":", needsComma: false)
        value(request.id, in: bytes)
        literal(",\"result\":", needsComma: false)
    }

    /// Starts the answer to an earlier request; write the result's value next.
    package mutating func beginAnswer(to id: RequestID) {
        beginFrame()
        literal("{\"jsonrpc\":\"2.0\",\"id\":", needsComma: false)
        value(id)
        literal(",\"result\":", needsComma: false)
    }

    /// Ends the answer.
    @inline(__always)
    package mutating func endAnswer() -> Ending {
        endObject()
        return endFrame()
    }

    /// A whole error answer. `retryAfter` is written for codes that carry it, as milliseconds rounded up; `more` may write
    /// further members of its data.
    package mutating func writeError(
        _ code: ErrorCode, to id: RequestID, retryAfter: Duration? = nil, _ more: (inout FrameBuffer) -> Void = { _ in }
    ) -> Ending {
        beginFrame()
        literal("{\"jsonrpc\":\"2.0\",\"id\":", needsComma: false)
        value(id)
        literal(",\"error\":{\"code\":", needsComma: false)
        value(code.rawValue)
        key("message")
        value(code.message)
        key("data")
        beginObject()
        key("reason")
        value(code.reason)
        if code.carriesRetryAfter {
            key("retry_after_ms")
            value(Self.milliseconds(retryAfter ?? .zero))
        }
        more(&self)
        endObject()
        endObject()
        return endAnswer()
    }

    /// Milliseconds, rounded up, at least 0.
    static func milliseconds(_ duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        let whole = min(seconds, WireLimit.integer / 1000) * 1000
        return whole + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    }

    /// `{}`: the result of `server.ping`, `auth.cancel`, `session.touch`, `events.subscribe`, `limiter.clear`.
    package mutating func emptyObject() {
        beginObject()
        endObject()
    }

    /// `{"revoked":n}`.
    package mutating func revokedResult(_ count: Int64) {
        beginObject()
        key("revoked")
        value(count)
        endObject()
    }

    /// `{"version":n}`: the result of `session.update`.
    package mutating func versionResult(_ version: Int64) {
        beginObject()
        key("version")
        value(version)
        endObject()
    }

    /// `{"valid":false}`.
    package mutating func notValidResult() {
        literal("{\"valid\":false}", needsComma: true)
    }

    /// `{"valid":true,"session":`: write the session next, then `endValidResult`.
    @inline(__always)
    package mutating func beginValidResult() {
        literal("{\"valid\":true,\"session\":", needsComma: false)
    }

    /// `"cache":{…}}`, for a connection that attached the board, or `}`.
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
