import Testing
import UsherCluster
import UsherLinkWire
import UsherStoreWire

@Suite("A conversation with usher-link")
struct StoreConversationTests {
    private static let member = MemberID(high: 1, low: 2)

    private static func upright(capacity: Int = 16) throws -> StoreConversation {
        var conversation = StoreConversation(copies: 1, prefix: [117], capacity: capacity)
        _ = try conversation.take(.greet(version: 1))
        _ = try conversation.take(.up)
        return conversation
    }

    private static func record(_ count: Int) -> SharedRecord {
        SharedRecord(
            key: 1, seen: 0, idle: 1, absolute: 2, version: 1, stamp: .zero, bucket: 1, realm: 1,
            tag: SessionTag(1), nonce: 1, sealed: [UInt8](repeating: 0, count: count))
    }

    private static func back(_ count: Int, _ records: Int) -> StoreCall {
        .again(
            (0..<records).map {
                PutBack(digest: SharedDigest(high: 1, low: UInt64($0)), stamp: .zero, era: 0, record: record(count))
            })
    }

    private func failure(_ body: () throws -> Void) -> StoreConversationError.Code? {
        do {
            try body()
            return nil
        } catch {
            return (error as? StoreConversationError)?.code
        }
    }

    private func replied(_ outcome: StoreConversation.Outcome) -> (CallID, StoreReply)? {
        if case .replied(let id, let reply)? = outcome.event { (id, reply) } else { nil }
    }

    @Test("begins with versions, and is up once")
    func begin() throws {
        var conversation = StoreConversation(copies: 1, prefix: [117])
        #expect(conversation.greeting == .configure(version: 1, copies: 1, prefix: [117]))
        #expect(try conversation.take(.greet(version: 1)).event == nil)
        #expect(!conversation.isUp)
        guard case .connected? = try conversation.take(.up).event else { throw Unexpected() }
        #expect(conversation.isUp)
        guard case .disconnected? = try conversation.take(.down([])).event else { throw Unexpected() }
        #expect(!conversation.isUp)
        for message in [LinkMessage.up, .down([]), .greet(version: 1), .reply(1, .none)] {
            #expect(failure { _ = try conversation.take(message) } == .unexpected)
        }
    }

    private struct Unexpected: Error {}

    @Test("ends for another version, and for what comes too early or is usherd's to say")
    func refused() throws {
        var early = StoreConversation(copies: 1, prefix: [])
        #expect(failure { _ = try early.take(.greet(version: 2)) } == .version)
        for message in [LinkMessage.up, .down([]), .bell(1, minimum: 1), .entries(1, isEnd: true, [])] {
            #expect(failure { _ = try early.take(message) } == .unexpected)
        }
        var conversation = try Self.upright()
        for message in [LinkMessage.up, .greet(version: 1), .more(1, count: 1), conversation.greeting] {
            #expect(failure { _ = try conversation.take(message) } == .unexpected)
        }
        #expect(failure { _ = try conversation.take(.reply(1, .none)) } == .unknownCall)
    }

    @Test("a reply is that of its call, once")
    func replies() throws {
        var conversation = try Self.upright()
        let call = try conversation.call(
            CallID(70), epoch: Epoch(1), .get(SharedDigest(high: 1, low: 1)), isConfirmed: false, milliseconds: 0)
        guard case .call(let id, .get, false, 0, _)? = call.first, call.count == 1 else { throw Unexpected() }
        let probe = try conversation.call(CallID(71), epoch: nil, .probe, isConfirmed: true, milliseconds: 250)
        guard case .call(let other, .probe, true, 250, [])? = probe.first else { throw Unexpected() }
        let failed = replied(try conversation.take(.failure(other, Array(StoreRefusal.unconfirmedText.utf8))))
        #expect(failed?.0 == CallID(71) && failed?.1 == .refused(.unconfirmed))
        let found = replied(try conversation.take(.reply(id, .list([.number(1), .bytes([88])]))))
        #expect(found?.0 == CallID(70) && found?.1 == .foundEnded)
        #expect(failure { _ = try conversation.take(.reply(id, .none)) } == .unknownCall)
        #expect(conversation.openCount == 0)
    }

    @Test("keeps no more calls than it has room for")
    func capacity() throws {
        var conversation = try Self.upright(capacity: 2)
        for id in 1...2 {
            _ = try conversation.call(
                CallID(UInt64(id)), epoch: nil, .hello, isConfirmed: false, milliseconds: 0)
        }
        let failure = failure {
            _ = try conversation.call(CallID(3), epoch: nil, .hello, isConfirmed: false, milliseconds: 0)
        }
        #expect(failure == .full)
    }

    @Test("what the store would not take is not sent")
    func unfit() throws {
        var conversation = try Self.upright()
        let digest = SharedDigest(high: 1, low: 1)
        let long = [UInt8](repeating: 1, count: 1_025)
        let calls: [StoreCall] = [
            .change(Self.member, digest, from: Edition(era: 1, version: 1), Self.record(7)),
            .change(Self.member, digest, from: Edition(era: 1, version: 1), Self.record(StoreWireLimits.record)),
            .move(Self.member, old: digest, new: digest, era: 1, Self.record(8), note: long),
            .end(Self.member, joined: 1, acknowledged: 0, .realm(1, until: 1, note: long)), Self.back(7, 1),
            .join(Self.member, number: 1, acknowledged: 1, name: String(repeating: "n", count: 1_025), nil),
        ]
        for call in calls {
            let failure = failure {
                _ = try conversation.call(CallID(1), epoch: Epoch(1), call, isConfirmed: true, milliseconds: 1)
            }
            #expect(failure == .unfit)
        }
        #expect(conversation.openCount == 0)
    }

    @Test("the largest records are put back in calls that fit, and answered as one")
    func pieces() throws {
        var conversation = try Self.upright(capacity: 64)
        let call = Self.back(StoreWireLimits.record - 72, 5)
        let messages = try conversation.call(CallID(9), epoch: Epoch(1), call, isConfirmed: false, milliseconds: 0)
        #expect(messages.count == 3)
        for message in messages { #expect(try message.encoded().count <= LinkLimits.datagram) }
        let answer = LinkValue.list([.list([.bytes([UInt8](repeating: 7, count: 16))]), .list([])])
        #expect(try conversation.take(.reply(2, answer)).event == nil)
        #expect(try conversation.take(.reply(1, answer)).event == nil)
        let last = replied(try conversation.take(.reply(3, answer)))
        #expect(last?.1 == .putBack(ended: Array(repeating: SharedDigest(high: seven, low: seven), count: 3)))
        #expect(conversation.openCount == 0)
    }

    private let seven: UInt64 = 0x0707_0707_0707_0707

    @Test("the first piece that is refused answers for all, once")
    func refusedPiece() throws {
        var conversation = try Self.upright(capacity: 64)
        let call = Self.back(StoreWireLimits.record - 72, 5)
        _ = try conversation.call(CallID(9), epoch: Epoch(1), call, isConfirmed: false, milliseconds: 0)
        let refused = replied(try conversation.take(.failure(2, Array("INCOMPLETE yet".utf8))))
        #expect(refused?.0 == CallID(9) && refused?.1 == .refused(.incomplete))
        #expect(try conversation.take(.failure(1, Array("EPOCH".utf8))).event == nil)
        #expect(try conversation.take(.reply(3, .list([.list([]), .list([])]))).event == nil)
        #expect(conversation.openCount == 0)
    }

    @Test("sessions without a record are left out, and none is still a call")
    func withoutRecords() throws {
        var conversation = try Self.upright()
        let digest = SharedDigest(high: 1, low: 1)
        let items = [PutBack(digest: digest, stamp: .zero, era: 0, record: nil)]
        let messages = try conversation.call(
            CallID(1), epoch: Epoch(1), .again(items), isConfirmed: false, milliseconds: 0)
        #expect(messages == [.call(1, .again, isConfirmed: false, milliseconds: 0, [Array("00000001".utf8)])])
        #expect(replied(try conversation.take(.reply(1, .list([.list([]), .list([])]))))?.1 == .putBack(ended: []))
    }

    @Test("entries and bells count for the reading that asked for them, and more are asked for")
    func stream() throws {
        var conversation = try Self.upright()
        let follow = conversation.follow(CallID(5), after: Stamp(ordinal: 3, number: 4), member: Self.member)
        let member = [UInt8](repeating: 0, count: 7) + [1] + [UInt8](repeating: 0, count: 7) + [2]
        #expect(follow == .follow(5, ordinal: 3, number: 4, member: member))
        let entries = [LinkEntry(ordinal: 3, number: 5, body: [7] + Array("0000000a".utf8))]
        let first = try conversation.take(.entries(5, isEnd: false, entries))
        guard case .entriesRead(CallID(5), let numbered, false)? = first.event else { throw Unexpected() }
        #expect(numbered.map(\.stamp) == [Stamp(ordinal: 3, number: 5)])
        #expect(numbered.map(\.entry) == [.opened(Epoch(10))])
        #expect(first.message == nil)
        #expect(try conversation.take(.entries(5, isEnd: true, [])).message == .more(5, count: 2))
        guard case .bellRang(CallID(5), minimum: 6)? = try conversation.take(.bell(5, minimum: 6)).event else {
            throw Unexpected()
        }
        _ = conversation.follow(CallID(6), after: .zero, member: Self.member)
        let late = try conversation.take(.entries(5, isEnd: true, entries))
        #expect(late.event == nil && late.message == nil)
        #expect(try conversation.take(.bell(5, minimum: 7)).event == nil)
    }
}
