// The head of a request. One pass over the frame checks all of its syntax and notes where its members are. Values are
// judged after that pass. So a frame with both a syntax error and a wrong value is refused for its syntax, and the
// second pass, over `params`, meets no syntax error. Each message has a type for its `params` (`Messages`), whose
// `init(_ request:in:)` makes the second pass and throws the refusal. Strings are references into the frame; tokens,
// handles and secrets are values of their own.

/// A request, or the fault of a frame that is none.
package struct Request: Sendable {
    /// The `id`, by reference.
    package enum ID: Equatable, Sendable {
        /// None that could be read; answers say null.
        case null
        case integer(Int64)
        case text(JSONText)
    }

    /// The id to send back.
    package private(set) var id: ID = .null
    /// `.unknown` when the protocol has no method of that name.
    package private(set) var method: Method = .unknown
    /// Where the value of `params` stands; nil when it was left out.
    package private(set) var params: Range<Int>?
    /// The error to answer, with `id`. Close the connection afterwards if `closesConnection` says so. Nil for a sound
    /// request.
    package private(set) var fault: ErrorCode?
    /// Whether the request is well-formed and has no `id`. It then has no effect and gets no answer.
    package private(set) var isNotification = false

    /// Where the token of `params` is, in a `session.validate` of the usual form; else nil.
    private(set) var token: Range<Int>?

    /// Reads the frame body that stands at `body`. O(n), no allocation.
    package init(_ bytes: Span<UInt8>, body: Range<Int>) {
        if !readUsual(bytes, body) { readAny(bytes, body) }
    }

    /// Reads the frame body that stands at `body`; nil unless it has the usual form of `session.validate`.
    @inline(__always)
    package init?(usual bytes: Span<UInt8>, body: Range<Int>) {
        guard readUsual(bytes, body) else { return nil }
    }

    /// Reads a body the general way, whatever its form. All but `token` is the same as with `init(_:body:)`.
    package init(general bytes: Span<UInt8>, body: Range<Int>) { readAny(bytes, body) }

    private mutating func readAny(_ bytes: Span<UInt8>, _ body: Range<Int>) {
        do throws(Refusal) {
            try read(bytes, body)
        } catch {
            fault = error.code
            if error.code == .parse { id = .null }
        }
    }

    /// Takes over what ``readUsual(_:_:)`` has found.
    @inline(__always)
    mutating func setUsual(_ id: Int64, params: Range<Int>, token: Range<Int>) {
        (self.id, method) = (.integer(id), .validate)
        (self.params, self.token) = (params, token)
    }

    /// A copy of the id that outlives the frame.
    package func storedID(in bytes: Span<UInt8>) -> RequestID {
        switch id {
        case .null: .null
        case .integer(let number): RequestID(number)
        case .text(let text): RequestID(text, in: bytes) ?? .null
        }
    }

    @inline(__always)
    private mutating func read(_ bytes: Span<UInt8>, _ body: Range<Int>) throws(Refusal) {
        var reader = JSONReader(body)
        guard try reader.peek(bytes) == UInt8(ascii: "{") else {
            try reader.skip(bytes)
            try reader.finish(bytes)
            throw .invalidRequest
        }
        var seen: Seen = []
        var wrong: Seen = []
        try reader.enterObject(bytes)
        while let key = try reader.nextKey(bytes) {
            let member = Self.member(key, bytes)
            if !member.isEmpty && !seen.insert(member).inserted { wrong.insert(member) }
            if try !readMember(member, &reader, bytes) { wrong.insert(member) }
        }
        try reader.finish(bytes)
        try judge(seen, wrong)
    }

    private mutating func judge(_ seen: Seen, _ wrong: Seen) throws(Refusal) {
        if wrong.contains(.id) { id = .null }
        guard wrong.isEmpty, seen.contains([.version, .method]) else { throw .invalidRequest }
        isNotification = !seen.contains(.id)
    }

    private struct Seen: OptionSet {
        let rawValue: UInt8
        static let version = Seen(rawValue: 1)
        static let id = Seen(rawValue: 2)
        static let method = Seen(rawValue: 4)
        static let params = Seen(rawValue: 8)
    }

    @inline(__always)
    private static func member(_ key: JSONText, _ bytes: Span<UInt8>) -> Seen {
        switch key.isPlain ? key.encodedCount : 0 {
        case 2 where key.equals("id", in: bytes): return .id
        case 6 where key.equals("method", in: bytes): return .method
        case 6 where key.equals("params", in: bytes): return .params
        case 7 where key.equals("jsonrpc", in: bytes): return .version
        case 0: return escapedMember(key, bytes)
        default: return []
        }
    }

    private static func escapedMember(_ key: JSONText, _ bytes: Span<UInt8>) -> Seen {
        if key.equals("id", in: bytes) { return .id }
        if key.equals("method", in: bytes) { return .method }
        if key.equals("params", in: bytes) { return .params }
        if key.equals("jsonrpc", in: bytes) { return .version }
        return []
    }

    /// Whether the value of the member is of the right type.
    @inline(__always)
    private mutating func readMember(
        _ member: Seen, _ reader: inout JSONReader, _ bytes: Span<UInt8>
    ) throws(Refusal) -> Bool {
        switch member {
        case .version: return try Self.textMember(&reader, bytes)?.equals("2.0", in: bytes) ?? false
        case .id: return try readID(&reader, bytes)
        case .method:
            guard let name = try Self.textMember(&reader, bytes), !name.hasLoneSurrogate else { return false }
            method = .named(name, in: bytes)
            return true
        case .params: params = try reader.skipped(bytes)
        default: try reader.skip(bytes)
        }
        return true
    }

    /// The text. A value of another type is skipped, and nil returned.
    @inline(__always)
    private static func textMember(
        _ reader: inout JSONReader, _ bytes: Span<UInt8>
    ) throws(Refusal) -> JSONText? {
        if try reader.peek(bytes) == TextScan.quote { return try reader.text(bytes) }
        try reader.skip(bytes)
        return nil
    }

    private mutating func readID(_ reader: inout JSONReader, _ bytes: Span<UInt8>) throws(Refusal) -> Bool {
        switch try reader.peek(bytes) {
        case TextScan.quote:
            let text = try reader.text(bytes)
            id = .text(text)
            return !text.hasLoneSurrogate && text.count(in: bytes) <= WireLimit.requestID
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            guard let number = try reader.number(bytes) else { return false }
            id = .integer(number)
            return number.magnitude <= WireLimit.integer.magnitude
        default:
            try reader.skip(bytes)
            return false
        }
    }
}

extension FrameBuffer {
    /// The id of a request that was read from `bytes`. A text is copied as the client encoded it.
    @inline(__always)
    package mutating func value(_ id: Request.ID, in bytes: Span<UInt8>) {
        switch id {
        case .null: null()
        case .integer(let number): value(number)
        case .text(let text): raw(bytes.extracting(text.range.lowerBound - 1..<text.range.upperBound + 1))
        }
    }
}
