/// `{}`: the result of `server.ping`, `auth.cancel`, `session.touch`, `events.subscribe`, `limiter.clear`.
package enum EmptyResult {
    /// Whether the result is an object. What a newer daemon has in it is ignored.
    package static func isObject(_ result: Range<Int>, in bytes: Span<UInt8>) -> Bool {
        bytes[result.lowerBound] == UInt8(ascii: "{")
    }
}

extension FrameBuffer {
    /// `{}`.
    package mutating func emptyObject() {
        beginObject()
        endObject()
    }
}
