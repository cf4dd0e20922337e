package import UsherNames
internal import UsherSecrets

/// Results about the server, and events, read by a client.
extension Hello {
    package init(_ result: Range<Int>, in bytes: Span<UInt8>) throws(Refusal) {
        self.init(server: "", peerUID: 0, peerGID: 0, peerPID: 0, roles: [], services: [], limits: [])
        var members = try ObjectReader(result, bytes)
        while let key = try members.next(bytes) {
            if try members.matches(key, "server", 0, bytes) {
                server = try members.reader.wholeText(bytes).string(in: bytes)
            } else if try members.matches(key, "protocol", 1, bytes) {
                protocolVersion = try members.reader.integer(bytes)
            } else if try members.matches(key, "peer", 2, bytes) {
                try readPeer(&members.reader, bytes)
            } else if try members.matches(key, "roles", 3, bytes) {
                roles = try members.reader.strings(bytes)
            } else if try members.matches(key, "services", 4, bytes) {
                services = try members.reader.strings(bytes)
            } else if try members.matches(key, "limits", 5, bytes) {
                limits = try members.reader.figures(bytes)
            }
        }
        guard members.hasAll(6) else { throw .invalidParams }
    }

    private mutating func readPeer(_ reader: inout JSONReader, _ bytes: Span<UInt8>) throws(Refusal) {
        var members = Members()
        try reader.enterObject(bytes)
        while let key = try reader.nextMember(bytes) {
            if try members.matches(key, "uid", 0, bytes) {
                peerUID = try UInt32(reader.integer(bytes, in: 0...Int64(UInt32.max)))
            } else if try members.matches(key, "gid", 1, bytes) {
                peerGID = try UInt32(reader.integer(bytes, in: 0...Int64(UInt32.max)))
            } else if try members.matches(key, "pid", 2, bytes) {
                peerPID = try Int32(reader.integer(bytes, in: 0...Int64(Int32.max)))
            }
        }
        guard members.hasAll(3) else { throw .invalidParams }
    }
}

extension JSONReader {
    /// An object of integers, as of `limits` and `server.stats`; members of other types are ignored.
    mutating func figures(_ bytes: Span<UInt8>) throws(Refusal) -> [Figure] {
        var figures: [Figure] = []
        try enterObject(bytes)
        while let key = try nextKey(bytes) {
            guard !key.hasLoneSurrogate else { throw .invalidParams }
            let first = try peek(bytes)
            if first == UInt8(ascii: "-") || (first >= UInt8(ascii: "0") && first <= UInt8(ascii: "9")) {
                if let value = try number(bytes) { figures.append(Figure(key.string(in: bytes), value)) }
            } else {
                try skip(bytes)
            }
        }
        return figures
    }
}

/// `server.stats`.
package enum Stats {
    /// Name and figure, in the daemon's order.
    package static func read(_ result: Range<Int>, in bytes: Span<UInt8>) throws(Refusal) -> [Figure] {
        var reader = JSONReader(result, depth: 1)
        return try reader.figures(bytes)
    }
}

extension BoardDescription {
    package init(_ result: Range<Int>, in bytes: Span<UInt8>) throws(Refusal) {
        self.init(high: 0, low: 0, slots: 0, offset: 0, boottimeMilliseconds: 0)
        var members = try ObjectReader(result, bytes)
        while let key = try members.next(bytes) {
            if try members.matches(key, "board", 0, bytes) {
                (high, low) = try Self.identifier(members.reader.text(bytes), bytes)
            } else if try members.matches(key, "slots", 1, bytes) {
                slots = try members.reader.integer(bytes, in: 1...Int64(UInt32.max))
            } else if try members.matches(key, "offset", 2, bytes) {
                offset = try members.reader.integer(bytes, in: 0...WireLimit.integer)
            } else if try members.matches(key, "boottime_ms", 3, bytes) {
                boottimeMilliseconds = try members.reader.integer(bytes, in: 0...WireLimit.integer)
            }
        }
        guard members.hasAll(4) else { throw .invalidParams }
    }

    private static func identifier(_ text: JSONText, _ bytes: Span<UInt8>) throws(Refusal) -> (UInt64, UInt64) {
        guard text.isPlain, text.encodedCount == 32 else { throw .invalidParams }
        var words: (UInt64, UInt64) = (0, 0)
        for index in text.range {
            guard let digit = Hex.digit(bytes[index]) else { throw .invalidParams }
            words = (words.0 << 4 | words.1 >> 60, words.1 << 4 | UInt64(digit))
        }
        return words
    }
}

/// An event, copied for a client.
package struct Event: Equatable, Sendable {
    /// Nil: a kind that this version does not know.
    package private(set) var kind: EventKind?
    package private(set) var handle: SessionHandle?
    package private(set) var realm: String?
    package private(set) var service: String?
    package private(set) var user: String?
    package private(set) var reason: String?
    /// Unix seconds.
    package private(set) var at: Int64 = 0

    package init(_ params: Range<Int>, in bytes: Span<UInt8>) throws(Refusal) {
        var members = try ObjectReader(params, bytes)
        while let key = try members.next(bytes) {
            if try members.matches(key, "kind", 0, bytes) {
                let name = try members.reader.text(bytes)
                kind = EventKind.allCases.first { name.equals($0.name, in: bytes) }
            } else if try members.matches(key, "at", 1, bytes) {
                at = try members.reader.integer(bytes)
            } else {
                try readTexts(key, &members, bytes)
            }
        }
        guard members.hasAll(2) else { throw .invalidParams }
    }

    private mutating func readTexts(
        _ key: JSONText, _ members: inout ObjectReader, _ bytes: Span<UInt8>
    ) throws(Refusal) {
        if try members.matches(key, "handle", 2, bytes) {
            handle = try members.reader.handle(bytes)
        } else if try members.matches(key, "realm", 3, bytes) {
            realm = try members.reader.wholeText(bytes).string(in: bytes)
        } else if try members.matches(key, "service", 4, bytes) {
            service = try members.reader.wholeText(bytes).string(in: bytes)
        } else if try members.matches(key, "user", 5, bytes) {
            user = try members.reader.wholeText(bytes).string(in: bytes)
        } else if try members.matches(key, "reason", 6, bytes) {
            reason = try members.reader.wholeText(bytes).string(in: bytes)
        }
    }
}
