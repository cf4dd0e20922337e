// Secrets are written from their zeroed memory straight into the buffer. Wipe the buffer once their frame was sent.

/// The envelope of a request, as a client writes it. Ids are integers that the client counts.
extension FrameBuffer {
    /// Starts a request; write the members of `params` next, then `endRequest`.
    @inline(__always)
    package mutating func beginRequest(_ method: Method, id: Int64) {
        beginFrame()
        literal("{\"jsonrpc\":\"2.0\",\"id\":", needsComma: false)
        value(id)
        key("method")
        value(method.name)
        key("params")
        beginObject()
    }

    /// Ends the request.
    @inline(__always)
    package mutating func endRequest() -> Ending {
        endObject()
        return endAnswer()
    }
}

/// The envelope of an answer, as the daemon writes it: `beginAnswer`, the value of `result`, `endAnswer`. A frame that
/// does not fit is taken back as a whole (`FrameBuffer.Ending`).
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

    /// Writes a whole error answer. `retryAfter` is written, in milliseconds rounded up, if the code carries it, and
    /// with `unavailable` unless it is nil. `more` may write further members of `error.data`.
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
        if code.carriesRetryAfter || code == .unavailable && retryAfter != nil {
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
}
