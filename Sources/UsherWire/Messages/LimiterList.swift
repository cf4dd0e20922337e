/// `limiter.list` and `limiter.clear`.
package struct LimiterParams: Sendable {
    /// The user whose entries are meant; nil for everybody's.
    package private(set) var user: JSONText?

    package init(_ request: Request, in bytes: Span<UInt8>) throws(Refusal) {
        var members = try ObjectReader(request, bytes)
        while let key = try members.next(bytes) {
            if try members.matches(key, "user", 0, bytes) {
                user = try members.reader.userName(bytes)
            }
        }
    }
}

extension FrameBuffer {
    /// `limiter.list` or `limiter.clear`.
    package mutating func writeLimiter(_ method: Method, id: Int64, user: String? = nil) -> Ending {
        beginRequest(method, id: id)
        member("user", user)
        return endRequest()
    }
}

/// One entry of `limiter.list`: the failures of a name and the waits that they cause.
package struct LimiterEntry: Equatable, Sendable {
    /// The name; nil if nobody has ever logged in under it, because it may then be anything that was typed.
    package var user: String?
    /// The realm of `user`; nil with it.
    package var realm: String?
    /// Failures in a row from sources that the user has not succeeded from.
    package var failures: Int64
    /// The most failures in a row from one of the user's own sources.
    package var failuresOfKnownSources: Int64
    /// How long a source from which the user has not succeeded must wait.
    package var retryAfter: Duration
    /// The longest wait of a source from which the user has succeeded; zero where the answer does not say.
    package var retryAfterOfKnownSources: Duration
    /// Whether only `limiter.clear` ends the wait.
    package var isCapped: Bool

    package init(
        user: String?, realm: String?, failures: Int64, failuresOfKnownSources: Int64, retryAfter: Duration,
        retryAfterOfKnownSources: Duration, isCapped: Bool
    ) {
        self.user = user
        self.realm = realm
        self.failures = failures
        self.failuresOfKnownSources = failuresOfKnownSources
        self.retryAfter = retryAfter
        self.retryAfterOfKnownSources = retryAfterOfKnownSources
        self.isCapped = isCapped
    }
}

extension FrameBuffer {
    /// The result of `limiter.list`: as many of the entries as fit a frame, and whether there were more.
    package mutating func limiterResult(_ entries: [LimiterEntry]) {
        beginObject()
        key("entries")
        beginArray()
        let fitting = entries.firstIndex { entry in !addToPage { $0.write(entry) } }
        endArray()
        key("more")
        value(fitting != nil)
        endObject()
    }

    private mutating func write(_ entry: LimiterEntry) {
        beginObject()
        key("user")
        optional(entry.user)
        key("realm")
        optional(entry.realm)
        key("failures")
        value(entry.failures)
        key("failures_known_sources")
        value(entry.failuresOfKnownSources)
        key("retry_after_ms")
        value(Self.milliseconds(entry.retryAfter))
        if entry.retryAfterOfKnownSources > .zero {
            key("retry_after_known_sources_ms")
            value(Self.milliseconds(entry.retryAfterOfKnownSources))
        }
        key("capped")
        value(entry.isCapped)
        endObject()
    }

    private mutating func optional(_ text: String?) {
        if let text { value(text) } else { null() }
    }
}

/// `limiter.list`, read by a client.
package struct LimiterList: Equatable, Sendable {
    /// The worst first.
    package private(set) var entries: [LimiterEntry] = []
    /// Whether the answer leaves entries out.
    package private(set) var isCut = false

    package init(_ result: Range<Int>, in bytes: Span<UInt8>) throws(Refusal) {
        var members = try ObjectReader(result, bytes)
        while let key = try members.next(bytes) {
            if try members.matches(key, "entries", 0, bytes) {
                try members.reader.enterArray(bytes)
                while try members.reader.nextElement(bytes) { try entries.append(LimiterEntry(&members.reader, bytes)) }
            } else if try members.matches(key, "more", 1, bytes) {
                isCut = try members.reader.bool(bytes)
            }
        }
        guard members.hasAll(2) else { throw .invalidParams }
    }
}

extension LimiterEntry {
    fileprivate init(_ reader: inout JSONReader, _ bytes: Span<UInt8>) throws(Refusal) {
        self.init(
            user: nil, realm: nil, failures: 0, failuresOfKnownSources: 0, retryAfter: .zero,
            retryAfterOfKnownSources: .zero, isCapped: false)
        var members = Members()
        try reader.enterObject(bytes)
        while let key = try reader.nextMember(bytes) {
            if try members.matches(key, "user", 0, bytes) {
                user = try reader.optionalText(bytes)
            } else if try members.matches(key, "realm", 1, bytes) {
                realm = try reader.optionalText(bytes)
            } else if try members.matches(key, "failures", 2, bytes) {
                failures = try reader.integer(bytes, in: 0...WireLimit.integer)
            } else if try members.matches(key, "failures_known_sources", 3, bytes) {
                failuresOfKnownSources = try reader.integer(bytes, in: 0...WireLimit.integer)
            } else if try members.matches(key, "retry_after_ms", 4, bytes) {
                retryAfter = .milliseconds(try reader.integer(bytes, in: 0...WireLimit.integer))
            } else if try members.matches(key, "capped", 5, bytes) {
                isCapped = try reader.bool(bytes)
            } else if try members.matches(key, "retry_after_known_sources_ms", 6, bytes) {
                retryAfterOfKnownSources = .milliseconds(try reader.integer(bytes, in: 0...WireLimit.integer))
            }
        }
        guard members.hasAll(6) else { throw .invalidParams }
    }
}

extension JSONReader {
    /// A text, or null.
    fileprivate mutating func optionalText(_ bytes: Span<UInt8>) throws(Refusal) -> String? {
        guard try peek(bytes) == UInt8(ascii: "n") else { return try wholeText(bytes).string(in: bytes) }
        try skip(bytes)
        return nil
    }
}
