/// `server.hello`.
package struct HelloParams: Sendable {
    /// The client's name and version, 1 to 64 bytes each. Nothing depends on them.
    package private(set) var client: JSONText?
    package private(set) var version: JSONText?

    package init(_ request: Request, in bytes: Span<UInt8>) throws(Refusal) {
        var members = try ObjectReader(request, bytes)
        while let key = try members.next(bytes) {
            if try members.matches(key, "client", 0, bytes) {
                client = try members.reader.name(bytes)
            } else if try members.matches(key, "version", 1, bytes) {
                version = try members.reader.name(bytes)
            }
        }
    }
}

/// `server.stats` and `board.attach`: an object, and nothing in it that we use.
package struct NoParams: Sendable {
    package init(_ request: Request, in bytes: Span<UInt8>) throws(Refusal) {
        _ = try ObjectReader(request, bytes)
    }
}

/// `events.subscribe`.
package struct SubscribeParams: Sendable {
    /// Which events; those that the peer may have when nil.
    package private(set) var kinds: EventKinds?
    /// Whose; everybody's when nil.
    package private(set) var user: JSONText?

    package init(_ request: Request, in bytes: Span<UInt8>) throws(Refusal) {
        var members = try ObjectReader(request, bytes)
        while let key = try members.next(bytes) {
            if try members.matches(key, "kinds", 0, bytes) {
                kinds = try Self.kinds(&members.reader, bytes)
            } else if try members.matches(key, "user", 1, bytes) {
                user = try members.reader.userName(bytes)
            }
        }
    }

    private static func kinds(_ reader: inout JSONReader, _ bytes: Span<UInt8>) throws(Refusal) -> EventKinds {
        var kinds: EventKinds = []
        try reader.enterArray(bytes)
        while try reader.nextElement(bytes) {
            let name = try reader.text(bytes)
            guard let kind = EventKind.allCases.first(where: { name.equals($0.name, in: bytes) }) else {
                throw .invalidParams
            }
            kinds.insert(EventKinds(kind))
        }
        return kinds
    }
}

/// `limiter.list` and `limiter.clear`.
package struct LimiterParams: Sendable {
    /// Whose; everybody's when nil.
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
