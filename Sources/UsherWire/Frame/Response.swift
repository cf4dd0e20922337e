// A frame from the daemon, read by a client. As with requests, one pass checks all of the syntax and notes where the
// members are, and a type per result then reads its value. Any fault means that the peer is no daemon of this protocol:
// the client closes the connection.

/// An answer or an event.
package enum Response: Equatable, Sendable {
    /// The result of request `id` stands at `result`.
    case result(id: Int64, result: Range<Int>)
    /// Request `id` was refused. Without an id, the daemon could not read one, and the connection is lost.
    case refusal(id: Int64?, ErrorObject)
    /// An event stands at `params`.
    case event(params: Range<Int>)
    /// A notification of another name: to be ignored.
    case otherNotification

    /// An error as the daemon reports it.
    package struct ErrorObject: Equatable, Sendable {
        /// The code as sent.
        package var number: Int64
        /// When to try again: of `rate_limited` and `busy`, and of `unavailable` where the daemon says so.
        package var retryAfter: Duration?
        /// What PAM says to the person about it, mostly nothing.
        package var messages: [Challenge.Prompt]
        /// What the peer lacks, of `forbidden`; nil where the daemon does not say so.
        package var missing: MissingRight?
        /// What is used up, of `quota_exceeded`; nil where the daemon does not say so, or names a quota unknown to this
        /// version.
        package var quota: Quota?
        /// The change that has begun and goes on, of `unavailable`; nil where the daemon does not say so.
        package var pending: PendingChange?

        package init(number: Int64, retryAfter: Duration? = nil, messages: [Challenge.Prompt] = []) {
            self.number = number
            self.retryAfter = retryAfter
            self.messages = messages
        }

        /// The code, when we know it.
        package var code: ErrorCode? { ErrorCode(rawValue: number) }
    }

    /// Reads the frame body that stands at `body`.
    package init(_ bytes: Span<UInt8>, body: Range<Int>) throws(Refusal) {
        var parts = Parts()
        try parts.read(bytes, body)
        self = try parts.response(bytes)
    }
}

/// The members of the envelope.
private struct Parts {
    private var id: Range<Int>?
    private var result: Range<Int>?
    private var error: Range<Int>?
    private var method: Range<Int>?
    private var params: Range<Int>?
    private var isVersion2 = false

    mutating func read(_ bytes: Span<UInt8>, _ body: Range<Int>) throws(Refusal) {
        var reader = JSONReader(body)
        var members = Members()
        try reader.enterObject(bytes)
        while let key = try reader.nextMember(bytes) {
            if try members.matches(key, "id", 0, bytes) {
                id = try reader.skipped(bytes)
            } else if try members.matches(key, "result", 1, bytes) {
                result = try reader.skipped(bytes)
            } else if try members.matches(key, "error", 2, bytes) {
                error = try reader.skipped(bytes)
            } else if try members.matches(key, "method", 3, bytes) {
                method = try reader.skipped(bytes)
            } else if try members.matches(key, "params", 4, bytes) {
                params = try reader.skipped(bytes)
            } else if try members.matches(key, "jsonrpc", 5, bytes) {
                isVersion2 = try reader.text(bytes).equals("2.0", in: bytes)
            }
        }
        try reader.finish(bytes)
    }

    func response(_ bytes: Span<UInt8>) throws(Refusal) -> Response {
        guard isVersion2 else { throw .invalidRequest }
        switch (id, result, error, method) {
        case (.some(let id), .some(let result), nil, nil):
            guard let number = try Self.integer(id, bytes) else { throw .invalidRequest }
            return .result(id: number, result: result)
        case (.some(let id), nil, .some(let error), nil):
            return try .refusal(id: Self.integer(id, bytes), Response.ErrorObject(error, bytes))
        case (nil, nil, nil, .some(let method)):
            var reader = JSONReader(method, depth: 1)
            guard try reader.text(bytes).equals("event", in: bytes) else { return .otherNotification }
            guard let params else { throw .invalidParams }
            return .event(params: params)
        default: throw .invalidRequest
        }
    }

    private static func integer(_ range: Range<Int>, _ bytes: Span<UInt8>) throws(Refusal) -> Int64? {
        var reader = JSONReader(range, depth: 1)
        return try reader.null(bytes) ? nil : try reader.integer(bytes)
    }
}

extension Response.ErrorObject {
    fileprivate init(_ range: Range<Int>, _ bytes: Span<UInt8>) throws(Refusal) {
        var reader = JSONReader(range, depth: 1)
        var members = Members()
        var object = Self(number: 0)
        var hasNumber = false
        try reader.enterObject(bytes)
        while let key = try reader.nextMember(bytes) {
            if try members.matches(key, "code", 0, bytes) {
                object.number = try reader.integer(bytes)
                hasNumber = true
            } else if try members.matches(key, "data", 1, bytes) {
                try object.readData(&reader, bytes)
            }
        }
        guard hasNumber else { throw .invalidParams }
        self = object
    }

    /// JSON-RPC allows any value as `data`. All but an object is skipped.
    private mutating func readData(_ reader: inout JSONReader, _ bytes: Span<UInt8>) throws(Refusal) {
        guard try reader.peek(bytes) == UInt8(ascii: "{") else { return try reader.skip(bytes) }
        var missing = MissingRight.Parts()
        var pending = PendingChange.Parts()
        try reader.enterObject(bytes)
        while let key = try reader.nextMember(bytes) {
            if key.equals("retry_after_ms", in: bytes) {
                retryAfter = try .milliseconds(reader.integer(bytes, in: 0...WireLimit.integer))
            } else if key.equals("messages", in: bytes) {
                messages = try Challenge.Prompt.list(&reader, bytes)
            } else if key.equals("quota", in: bytes) {
                quota = Quota(rawValue: try reader.wholeText(bytes).string(in: bytes))
            } else if try !pending.read(key, &reader, bytes) {
                try missing.read(key, &reader, bytes)
            }
        }
        self.missing = missing.whole
        self.pending = pending.whole
    }
}
