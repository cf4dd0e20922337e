import Testing
import UsherLinkWire
import UsherTestKit

@testable import UsherCluster
@testable import UsherStoreWire

@Suite("Vectors of the store's functions")
struct StoreVectorTests {
    /// The clock of each answer that has one, in the vectors' order.
    private static let seconds: [UInt64] = StoreVector.all.compactMap { vector in
        let place = ["hello": 10, "beat": 4][vector.function]
        guard let place, case .reply(_, .list(let values)) = vector.message, case .bytes(let text) = values[place]
        else { return nil }
        return UInt64(String(decoding: text, as: UTF8.self))
    }

    private static let pairs = Array(zip(StoreVector.all, StoreVectorCalls.all(seconds: seconds)))

    @Test("have a call of the core each, but for the last one, which the core cannot make")
    func count() {
        #expect(Self.pairs.count == StoreVector.all.count - 1)
        #expect(StoreVectorCalls.all(seconds: Self.seconds).count == Self.pairs.count)
    }

    @Test("are what the core's calls are written as", arguments: pairs)
    func arguments(vector: StoreVector, row: StoreVectorCalls.Row) {
        #expect(row.call.function.name == "usher_" + vector.function)
        #expect(row.call.arguments(epoch: row.epoch) == vector.arguments)
    }

    @Test("are what the core's replies are read from", arguments: pairs)
    func replies(vector: StoreVector, row: StoreVectorCalls.Row) {
        switch vector.message {
        case .reply(_, let value): #expect(StoreReply(value, to: row.call.function) == row.reply)
        case .failure(_, let text): #expect(StoreReply(failure: text) == row.reply)
        default: Issue.record("no answer: \(vector)")
        }
    }

    @Test("end with the refusal of a wrong call where the library refuses arguments")
    func bad() {
        guard case .failure(_, let text)? = StoreVector.all.last?.message else {
            Issue.record("not refused")
            return
        }
        #expect(StoreReply(failure: text) == .refused(.bad))
    }

    @Test("leave a stream of all kinds of entries")
    func stream() {
        let entries = StoreVector.stream.map { StreamEntry(storeBytes: $0.body) }
        #expect(entries == StoreVectorEntries.all)
        #expect(StoreVector.stream.map(\.number) == Array(1...UInt64(entries.count)))
        #expect(Set(StoreVector.stream.map(\.ordinal)) == [StoreVectorCalls.ordinal])
        #expect(Set(StoreVector.stream.map { $0.body.first ?? 0 }) == Set(1...8))
    }
}
