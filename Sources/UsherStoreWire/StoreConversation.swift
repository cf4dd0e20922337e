package import UsherCluster
package import UsherLinkWire

/// One connection of usherd with usher-link, as messages: actions of a ``ClusterHost`` in, its events out.
///
/// It remembers the function of each call, because a reply does not name it; at most `capacity` calls are open. The
/// link's connections with the store come up once and go down once; then the conversation is over, and the next one
/// begins with a new value. Whatever the link sends becomes an event or an error, after which the connection is closed.
package struct StoreConversation: Sendable {
    /// What the link may say.
    private enum Phase: Sendable {
        /// Its greeting.
        case greeting
        /// That its connections are made.
        case connecting
        /// Anything about the store.
        case up
        /// Nothing.
        case over
    }

    /// A message for a call of the host. A call that puts sessions back may take several.
    private struct Sent: Sendable {
        let call: CallID
        let function: LinkFunction
        let isPiece: Bool
    }

    /// A call of the host in several messages: how many are not answered, and the sessions that have ended.
    private struct Pieces: Sendable {
        var left: Int
        var ended: [SharedDigest] = []
    }

    /// What comes of a message.
    package struct Outcome: Sendable {
        /// What the host is to take.
        package let event: ClusterEvent?
        /// What the link is to be sent.
        package let message: LinkMessage?
        /// Why there is no connection with the store, where the link says so.
        package var fault: [UInt8]?
    }

    private let capacity: Int
    private var phase = Phase.greeting
    private var sent: [UInt64: Sent] = [:]
    private var pieces: [CallID: Pieces] = [:]
    private var lastID: UInt64 = 0
    private var following: CallID?
    /// Datagrams of entries that were taken and not asked for anew.
    private var taken: UInt16 = 0
    /// The first message to the link.
    package let greeting: LinkMessage

    /// A conversation in which `copies` replicas confirm, about the keys that begin with `prefix`.
    package init(copies: UInt16, prefix: [UInt8], capacity: Int = 16_384) {
        self.capacity = capacity
        greeting = .configure(version: LinkLimits.version, copies: copies, prefix: prefix)
    }

    /// Calls that are not answered.
    package var openCount: Int { sent.count }

    /// Whether the link has said anything.
    package var isGreeted: Bool { if case .greeting = phase { false } else { true } }

    /// Whether calls can be sent.
    package var isUp: Bool { if case .up = phase { true } else { false } }

    // MARK: To the link

    /// The messages for a call. Replicas have `milliseconds` to confirm it. Sessions to put back carry their records;
    /// those without are left out.
    package mutating func call(
        _ id: CallID, epoch: Epoch?, _ call: StoreCall, isConfirmed: Bool, milliseconds: UInt32
    ) throws(StoreConversationError) -> [LinkMessage] {
        guard call.fitsStore else { throw StoreConversationError(.unfit) }
        let calls = call.pieces
        guard sent.count + calls.count <= capacity else { throw StoreConversationError(.full) }
        if calls.count > 1 { pieces[id] = Pieces(left: calls.count) }
        return calls.map { piece in
            lastID += 1
            sent[lastID] = Sent(call: id, function: piece.function, isPiece: calls.count > 1)
            return .call(
                lastID, piece.function, isConfirmed: isConfirmed, milliseconds: milliseconds,
                piece.arguments(epoch: epoch))
        }
    }

    /// The message for a reading of the stream, with the bell of `member`.
    package mutating func follow(_ id: CallID, after: Stamp, member: MemberID) -> LinkMessage {
        following = id
        taken = 0
        var writer = StoreWriter()
        writer.put(member.high)
        writer.put(member.low)
        return .follow(id.value, ordinal: after.ordinal, number: after.number, member: writer.bytes)
    }

    // MARK: From the link

    /// Takes a message of the link.
    package mutating func take(_ message: LinkMessage) throws(StoreConversationError) -> Outcome {
        switch (phase, message) {
        case (.greeting, .greet(let version)):
            guard version == LinkLimits.version else { throw StoreConversationError(.version) }
            phase = .connecting
            return Outcome(event: nil, message: nil)
        case (.connecting, .up):
            phase = .up
            return Outcome(event: .connected, message: nil)
        case (.connecting, .away(let why)): return Outcome(event: nil, message: nil, fault: why)
        case (.connecting, .down(let why)), (.up, .down(let why)):
            phase = .over
            return Outcome(event: .disconnected, message: nil, fault: why)
        case (.up, .reply(let id, let value)):
            return Outcome(event: try reply(id) { StoreReply(value, to: $0) }, message: nil)
        case (.up, .failure(let id, let text)):
            return Outcome(event: try reply(id) { _ in StoreReply(failure: text) }, message: nil)
        case (.up, .entries(let id, let isEnd, let entries)): return read(id, entries, isEnd)
        case (.up, .bell(let id, let minimum)):
            let isCurrent = following == CallID(id)
            return Outcome(event: isCurrent ? .bellRang(CallID(id), minimum: minimum) : nil, message: nil)
        default: throw StoreConversationError(.unexpected)
        }
    }

    private mutating func reply(
        _ id: UInt64, _ read: (LinkFunction) -> StoreReply
    ) throws(StoreConversationError) -> ClusterEvent? {
        guard let call = sent.removeValue(forKey: id) else { throw StoreConversationError(.unknownCall) }
        let reply = read(call.function)
        return call.isPiece ? join(reply, call.call) : .replied(call.call, reply)
    }

    /// Joins the answers to the pieces of a call. The first error is the call's answer; later answers are dropped.
    private mutating func join(_ reply: StoreReply, _ call: CallID) -> ClusterEvent? {
        guard var open = pieces.removeValue(forKey: call) else { return nil }
        guard case .putBack(let ended) = reply else { return .replied(call, reply) }
        open.left -= 1
        open.ended += ended
        if open.left == 0 { return .replied(call, .putBack(ended: open.ended)) }
        pieces[call] = open
        return nil
    }

    private mutating func read(_ id: UInt64, _ entries: [LinkEntry], _ isEnd: Bool) -> Outcome {
        guard following == CallID(id) else { return Outcome(event: nil, message: nil) }
        taken += 1
        let numbered = entries.map {
            NumberedEntry(Stamp(ordinal: $0.ordinal, number: $0.number), StreamEntry(storeBytes: $0.body))
        }
        return Outcome(event: .entriesRead(CallID(id), numbered, isEnd: isEnd), message: replenish(id))
    }

    /// Asks for more once half of the window is used.
    private mutating func replenish(_ id: UInt64) -> LinkMessage? {
        guard taken >= LinkLimits.window / 2 else { return nil }
        defer { taken = 0 }
        return .more(id, count: taken)
    }
}
