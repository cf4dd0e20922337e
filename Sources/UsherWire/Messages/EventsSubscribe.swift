package import UsherNames
internal import UsherSecrets

/// `events.subscribe`.
package struct SubscribeParams: Sendable {
    /// The kinds of events; nil for all that the peer may have.
    package private(set) var kinds: EventKinds?
    /// The user whose events are wanted; nil for everybody's.
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

extension FrameBuffer {
    /// `events.subscribe`.
    package mutating func writeSubscribe(id: Int64, kinds: EventKinds = .all, user: String? = nil) -> Ending {
        beginRequest(.subscribe, id: id)
        if kinds != .all {
            key("kinds")
            beginArray()
            for kind in EventKind.allCases where kinds.contains(EventKinds(kind)) { value(kind.name) }
            endArray()
        }
        member("user", user)
        return endRequest()
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
    package private(set) var detail: String?
    package private(set) var source: String?
    package private(set) var client: String?
    package private(set) var host: String?
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
        } else if try members.matches(key, "detail", 7, bytes) {
            detail = try members.reader.wholeText(bytes).string(in: bytes)
        } else if try members.matches(key, "source", 8, bytes) {
            source = try members.reader.wholeText(bytes).string(in: bytes)
        } else if try members.matches(key, "client", 9, bytes) {
            client = try members.reader.wholeText(bytes).string(in: bytes)
        } else if try members.matches(key, "host", 10, bytes) {
            host = try members.reader.wholeText(bytes).string(in: bytes)
        }
    }
}

extension FrameBuffer {
    /// A whole notification `event`. An empty text or a nil handle writes no member. With names of at most 256 bytes
    /// each, the frame stays below 4 KiB.
    package mutating func writeEvent(
        _ kind: EventKind, handle: SessionHandle?, realm: Span<UInt8>, service: Span<UInt8>, user: Span<UInt8>,
        reason: StaticString, detail: StaticString? = nil, source: String? = nil, client: String? = nil,
        host: String? = nil, at: Int64
    ) -> Ending {
        beginFrame()
        literal("{\"jsonrpc\":\"2.0\",\"method\":\"event\",\"params\":{\"kind\":", needsComma: false)
        value(kind.name)
        if let handle {
            key("handle")
            value(handle)
        }
        member("realm", realm)
        member("service", service)
        member("user", user)
        if reason.utf8CodeUnitCount > 0 {
            key("reason")
            value(reason)
        }
        if let detail {
            key("detail")
            value(detail)
        }
        member("source", source)
        member("client", client)
        member("host", host)
        key("at")
        value(at)
        endObject()
        return endAnswer()
    }

    private mutating func member(_ name: StaticString, _ text: Span<UInt8>) {
        guard !text.isEmpty else { return }
        key(name)
        value(text)
    }
}
