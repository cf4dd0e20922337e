package import UsherSecrets

// The results, one type each, read by a client from the range that `Response` names.

/// `session.validate`.
package struct Validation: Equatable, Sendable {
    /// Nil: not valid.
    package private(set) var session: SessionRecord?
    /// Where the board shows it.
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

/// `session.create` and `session.rotate`.
@frozen package struct TokenResult: ~Copyable {
    package let token: SessionToken
    package let session: SessionRecord

    package init(_ result: Range<Int>, in bytes: Span<UInt8>) throws(Refusal) {
        var members = try ObjectReader(result, bytes)
        var token: SessionToken?
        var session: SessionRecord?
        while let key = try members.next(bytes) {
            if try members.matches(key, "token", 0, bytes) {
                token = try members.reader.token(bytes)
            } else if try members.matches(key, "session", 1, bytes) {
                session = try SessionRecord(&members.reader, bytes)
            }
        }
        guard let token, let session else { throw .invalidParams }
        self.token = token
        self.session = session
    }
}

/// `session.list`.
package struct SessionPage: Equatable, Sendable {
    package private(set) var sessions: [SessionRecord] = []
    /// Where the next page starts; nil: this was the last.
    package private(set) var next: String?

    package init(_ result: Range<Int>, in bytes: Span<UInt8>) throws(Refusal) {
        var members = try ObjectReader(result, bytes)
        while let key = try members.next(bytes) {
            if try members.matches(key, "sessions", 0, bytes) {
                try members.reader.enterArray(bytes)
                while try members.reader.nextElement(bytes) {
                    try sessions.append(SessionRecord(&members.reader, bytes))
                }
            } else if try members.matches(key, "next", 1, bytes) {
                next = try members.reader.name(bytes).string(in: bytes)
            }
        }
        guard members.has(0) else { throw .invalidParams }
    }
}

/// Results that are one integer.
package enum CountResult {
    /// `revoked` of `session.revoke` and `session.revoke_all`.
    package static func revoked(_ result: Range<Int>, in bytes: Span<UInt8>) throws(Refusal) -> Int64 {
        try member("revoked", result, bytes, 0...WireLimit.integer)
    }

    /// `version` of `session.update`.
    package static func version(_ result: Range<Int>, in bytes: Span<UInt8>) throws(Refusal) -> Int64 {
        try member("version", result, bytes, 1...WireLimit.integer)
    }

    /// Whether the result is an object, as of `server.ping`.
    package static func isObject(_ result: Range<Int>, in bytes: Span<UInt8>) -> Bool {
        bytes[result.lowerBound] == UInt8(ascii: "{")
    }

    private static func member(
        _ name: StaticString, _ result: Range<Int>, _ bytes: Span<UInt8>, _ range: ClosedRange<Int64>
    ) throws(Refusal) -> Int64 {
        var members = try ObjectReader(result, bytes)
        var value: Int64?
        while let key = try members.next(bytes) {
            if try members.matches(key, name, 0, bytes) {
                value = try members.reader.integer(bytes, in: range)
            }
        }
        guard let value else { throw .invalidParams }
        return value
    }
}
