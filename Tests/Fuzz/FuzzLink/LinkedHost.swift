import UsherCluster
import UsherLinkWire
import UsherStoreWire

/// A host whose link says what it likes. Names of calls and readings in what it says are taken for the newest ones, so
/// that an input need not guess them.
struct LinkedHost {
    private static let digest = SharedDigest(high: 9, low: 9)
    private static let owner = ShareOwner(uid: 1)

    private var host: ClusterHost
    private var conversation = StoreConversation(copies: 0, prefix: [117])
    private var milliseconds: UInt64 = 1_000
    private var open: [UInt64] = []
    private var reading: UInt64 = 0
    private var requests: UInt64 = 0
    private(set) var isOver = false

    init() {
        var limits = ClusterLimits()
        (limits.copyCapacity, limits.endCapacity, limits.changeCapacity, limits.endAllCapacity) = (8, 8, 8, 8)
        host = ClusterHost(member: MemberID(high: 1, low: 1), name: "one", limits: limits, seed: 1)
    }

    mutating func begin() {
        for message in [LinkMessage.greet(version: 1), .up] { say(message) }
    }

    /// Takes a message, a while after the last one.
    mutating func hear(_ message: LinkMessage) {
        milliseconds += 40
        say(renamed(message))
        if !isOver { ask() }
    }

    private func renamed(_ message: LinkMessage) -> LinkMessage {
        switch message {
        case .reply(let id, let value): .reply(pick(id), value)
        case .failure(let id, let text): .failure(pick(id), text)
        case .entries(_, let isEnd, let entries): .entries(reading, isEnd: isEnd, entries)
        case .bell(_, let minimum): .bell(reading, minimum: minimum)
        default: message
        }
    }

    private func pick(_ id: UInt64) -> UInt64 { open.isEmpty ? id : open[Int(id % UInt64(open.count))] }

    private mutating func say(_ message: LinkMessage) {
        switch message {
        case .reply(let id, _), .failure(let id, _): open.removeAll { $0 == id }
        default: break
        }
        do throws(StoreConversationError) {
            let outcome = try conversation.take(message)
            if let event = outcome.event { take(event) }
        } catch {
            isOver = true
        }
    }

    /// Peers ask all that they may.
    private mutating func ask() {
        requests += 1
        let record = SharedRecord(
            key: 1, seen: 0, idle: 100, absolute: .max, version: 1, stamp: .zero, bucket: 0x8000_0001, realm: 1,
            tag: SessionTag(5), nonce: requests, sealed: [UInt8](repeating: 0, count: 8))
        let request = RequestID(requests)
        switch requests % 6 {
        case 0: take(.fetchAsked(request, Self.owner, Self.digest))
        case 1:
            let target = EndTarget.session(
                digest: Self.digest, tag: SessionTag(5), bucket: 0x8000_0001, absolute: .max, reason: 1, note: [])
            take(.endAsked(request, Self.owner, target))
        case 2:
            let order = PutOrder(
                digest: SharedDigest(high: 8, low: requests), record: record, limit: 1, evicts: true,
                began: host.position, note: [])
            take(.putAsked(request, Self.owner, order))
        case 3: take(.changeAsked(request, Self.owner, ChangeOrder(digest: Self.digest, record: record)))
        case 4:
            let order = MoveOrder(
                old: Self.digest, new: SharedDigest(high: 7, low: requests), record: record)
            take(.moveAsked(request, Self.owner, order))
        default: take(.timePassed)
        }
    }

    private mutating func take(_ event: ClusterEvent) {
        for action in host.take(event, at: BootInstant(nanoseconds: milliseconds * 1_000_000)) {
            switch action {
            case .call(let id, let epoch, let call, let isConfirmed): send(id, epoch, call, isConfirmed)
            case .follow(let id, let stamp):
                reading = id.value
                _ = conversation.follow(id, after: stamp, member: host.member)
            case .connect: isOver = true
            default: break
            }
        }
    }

    private mutating func send(_ id: CallID, _ epoch: Epoch?, _ call: StoreCall, _ isConfirmed: Bool) {
        let messages = try? conversation.call(id, epoch: epoch, call, isConfirmed: isConfirmed, milliseconds: 250)
        guard let messages else { return isOver = true }
        for message in messages {
            guard let datagram = try? message.encoded(), (try? LinkMessage(datagram)) == message else {
                fatalError("a call that does not fit: \(message)")
            }
            if case .call(let name, _, _, _, _) = message { open.append(name) }
        }
    }
}
