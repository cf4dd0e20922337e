/// What `unavailable` says about an end of sessions that has begun (PROTOCOL.md, Errors): it is in effect on this host,
/// and goes on by itself on all others that share the sessions.
package struct PendingChange: Hashable, Sendable {
    /// How long after the answer no host accepts the sessions any more, whether all hosts have confirmed their end or
    /// not. Nil if that is not known.
    package var until: Duration?

    /// A change that is in effect everywhere after `until`.
    package init(until: Duration?) { self.until = until }
}

extension FrameBuffer {
    /// Members of `error.data`.
    package mutating func pending(_ change: PendingChange) {
        key("pending")
        value(true)
        guard let until = change.until else { return }
        key("until_ms")
        value(Self.milliseconds(until))
    }
}

extension PendingChange {
    /// The members as they are read from `error.data`, in whatever order.
    struct Parts {
        private var isPending = false
        private var until: Duration?

        /// Reads the value of `key` if it is one of these members, and says whether it was.
        mutating func read(_ key: JSONText, _ reader: inout JSONReader, _ bytes: Span<UInt8>) throws(Refusal) -> Bool {
            if key.equals("pending", in: bytes) {
                isPending = try reader.bool(bytes)
            } else if key.equals("until_ms", in: bytes) {
                until = try .milliseconds(reader.integer(bytes, in: 0...WireLimit.integer))
            } else {
                return false
            }
            return true
        }

        /// The value, once all members were read; nil where no change is pending.
        var whole: PendingChange? { isPending ? PendingChange(until: until) : nil }
    }
}
