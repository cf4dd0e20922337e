package import UsherNames
internal import UsherSecrets

/// What `server.hello` answers. Both sides use it; it is asked once a connection.
package struct Hello: Equatable, Sendable {
    /// The daemon's name and version.
    package var server: String
    /// The protocol's version: 1.
    package var protocolVersion: Int64
    /// The peer's user, as the kernel names it.
    package var peerUID: UInt32
    /// The peer's primary group, from the same place.
    package var peerGID: UInt32
    /// The peer's process, from the same place.
    package var peerPID: Int32
    /// The roles that the peer has.
    package var roles: [String]
    /// The names of the services that it may use.
    package var services: [String]
    /// Name and figure, the daemon's choice; clients ignore those that they do not know.
    package var limits: [Figure]

    /// An answer with these members.
    package init(
        server: String, protocolVersion: Int64 = 1, peerUID: UInt32, peerGID: UInt32, peerPID: Int32,
        roles: [String], services: [String], limits: [Figure]
    ) {
        self.server = server
        self.protocolVersion = protocolVersion
        self.peerUID = peerUID
        self.peerGID = peerGID
        self.peerPID = peerPID
        self.roles = roles
        self.services = services
        self.limits = limits
    }
}

/// A name and a number.
package struct Figure: Equatable, Sendable {
    package var name: String
    package var value: Int64

    package init(_ name: String, _ value: Int64) {
        self.name = name
        self.value = value
    }
}

/// What `board.attach` answers beside the descriptor.
package struct BoardDescription: Equatable, Sendable {
    /// The board's id, 128 bits.
    package var high: UInt64
    package var low: UInt64
    /// How many slots it has.
    package var slots: Int64
    /// Where in the file the first one stands, in bytes.
    package var offset: Int64
    /// CLOCK_BOOTTIME of the daemon at the answer, in milliseconds.
    package var boottimeMilliseconds: Int64

    package init(high: UInt64, low: UInt64, slots: Int64, offset: Int64, boottimeMilliseconds: Int64) {
        self.high = high
        self.low = low
        self.slots = slots
        self.offset = offset
        self.boottimeMilliseconds = boottimeMilliseconds
    }
}

/// Results about the server, and events.
extension FrameBuffer {
    /// The result of `server.hello`.
    package mutating func result(_ hello: Hello) {
        beginObject()
        key("server")
        value(hello.server)
        key("protocol")
        value(hello.protocolVersion)
        key("peer")
        figures([
            Figure("uid", Int64(hello.peerUID)), Figure("gid", Int64(hello.peerGID)),
            Figure("pid", Int64(hello.peerPID)),
        ])
        key("roles")
        strings(hello.roles)
        key("services")
        strings(hello.services)
        key("limits")
        figures(hello.limits)
        endObject()
    }

    /// An array of strings.
    package mutating func strings(_ texts: [String]) {
        beginArray()
        for text in texts { value(text) }
        endArray()
    }

    /// An object of integers: the result of `server.stats`.
    package mutating func figures(_ figures: [Figure]) {
        beginObject()
        for figure in figures {
            value(figure.name)
            colon()
            value(figure.value)
        }
        endObject()
    }

    /// The result of `board.attach`.
    package mutating func result(_ board: BoardDescription) {
        beginObject()
        key("board")
        value(Decimal.hex(board.high) + Decimal.hex(board.low))
        key("slots")
        value(board.slots)
        key("offset")
        value(board.offset)
        key("boottime_ms")
        value(board.boottimeMilliseconds)
        endObject()
    }

    /// A whole notification `event`. An empty text leaves its member out, as does a nil handle. Names of at most 256 bytes
    /// each make a frame below 4 KiB.
    package mutating func writeEvent(
        _ kind: EventKind, handle: SessionHandle?, realm: Span<UInt8>, service: Span<UInt8>, user: Span<UInt8>,
        reason: StaticString, at: Int64
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
