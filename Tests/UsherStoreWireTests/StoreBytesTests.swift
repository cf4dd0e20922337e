import Testing
import UsherLinkWire

@testable import UsherCluster
@testable import UsherStoreWire

@Suite("Records, entries and answers of the store")
struct StoreBytesTests {
    @Test("a record is its bytes, and is read from no others")
    func records() {
        let record = StoreVectorCalls.record(3, version: 9, era: 4, stamp: Stamp(ordinal: 1, number: 2))
        let bytes = record.storeBytes
        #expect(SharedRecord(storeBytes: bytes) == record)
        for count in 0..<80 { #expect(SharedRecord(storeBytes: Array(bytes.prefix(count))) == nil) }
        #expect(SharedRecord(storeBytes: Array(bytes.prefix(80))) != nil)
        for (place, byte) in [(0, UInt8(ascii: "X")), (2, 1), (3, 1)] {
            var other = bytes
            other[place] = byte
            #expect(SharedRecord(storeBytes: other) == nil)
        }
        let rest = [UInt8](repeating: 0, count: StoreWireLimits.record - bytes.count)
        #expect(SharedRecord(storeBytes: bytes + rest) != nil)
        #expect(SharedRecord(storeBytes: bytes + rest + [0]) == nil)
    }

    @Test("an entry that ends too early or too late stops the host, and so does one of no known kind")
    func entries() {
        for entry in StoreVector.stream {
            let kind = entry.body[0]
            let hasNote = [1, 2, 4, 8].contains(kind)
            let least = [1: 34, 2: 34, 3: 45, 4: 33, 5: 17, 6: 17, 7: 9, 8: 25][kind] ?? 0
            for count in 1..<least {
                #expect(StreamEntry(storeBytes: Array(entry.body.prefix(count))) == .unknown(kind: kind))
            }
            let more = [UInt8](repeating: 0, count: hasNote ? StoreWireLimits.note + 1 : 1)
            #expect(StreamEntry(storeBytes: Array(entry.body.prefix(least)) + more) == .unknown(kind: kind))
        }
        #expect(StreamEntry(storeBytes: []) == .unknown(kind: 0))
        #expect(StreamEntry(storeBytes: [9, 1]) == .unknown(kind: 9))
        #expect(StreamEntry(storeBytes: [7] + Array("0000 00a".utf8)) == .unknown(kind: 7))
    }

    @Test("an answer that no such function gives is a refusal")
    func nonsense() {
        let values: [LinkValue] = [
            .none, .number(-1), .bytes([1]), .list([]), .list([.none]), .list([.number(-1), .number(-1)]),
            .list([.bytes(Array("1x".utf8)), .bytes([])]), .list([.list([.bytes([1])]), .list([])]),
            .list([.bytes([1, 2, 3]), .number(1)]),
        ]
        for function in LinkFunction.allCases {
            for value in values {
                let reply = StoreReply(value, to: function)
                let isPlain = [.probe, .leave, .restoreEnds, .restoreAll, .restoreChanges].contains(function)
                if case .number = value, isPlain { continue }
                #expect(reply == .refused(.other), "\(function) \(value)")
            }
        }
    }

    @Test("a greeting of an ordinal that no client can read is a refusal", arguments: [(53, true), (54, false)])
    func ordinals(bits: Int, isGood: Bool) {
        let ordinal = String(UInt64(1) << bits - 1)
        let texts = ["1", "0000000a", ordinal, "run", "10000", "0123456789abcdef", "run", "0", "0", "0", "1", "0"]
        let values = (texts + ["noeviction"]).map { LinkValue.bytes(Array($0.utf8)) }
        #expect((StoreReply(.list(values), to: .hello) != .refused(.other)) == isGood)
    }

    @Test("a member is forgotten by its 16 bytes, all by none, and the answer has two numbers")
    func forget() {
        #expect(StoreCall.forget(nil).arguments(epoch: Epoch(10)).last == [])
        let call = StoreCall.forget(MemberID(high: 1, low: 2))
        #expect(call.function == .forget && call.arguments(epoch: Epoch(10)).count == 2)
        #expect(call.arguments(epoch: Epoch(10)).last == [0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2])
        #expect(StoreReply(.list([.number(7), .number(1)]), to: .forget) == .forgotten)
        #expect(StoreReply(.list([.number(5)]), to: .forget) == .refused(.other))
    }

    @Test("an answer is read to its last part: one part fewer is a refusal")
    func shortened() {
        for (vector, row) in zip(StoreVector.all, StoreVectorCalls.all(seconds: [UInt64](repeating: 0, count: 5))) {
            guard case .reply(_, .list(let values)) = vector.message else { continue }
            let reply = StoreReply(.list(values.dropLast()), to: row.call.function)
            switch row.reply {
            // The last parts of these are not read.
            case .opened, .joined, .putBack: continue
            case .put(let number, let evicted) where !evicted.isEmpty:
                #expect(reply == .put(number: number, evicted: []))
            default: #expect(reply == .refused(.other), "\(vector)")
            }
        }
    }

    @Test("numbers are digits alone")
    func numbers() {
        #expect(StoreText.number(Array("18446744073709551615".utf8)) == .max)
        for text in ["", "+1", "-1", " 1", "1 ", "0x1", "18446744073709551616"] {
            #expect(StoreText.number(Array(text.utf8)) == nil)
        }
        #expect(StoreText.number(Array("0000000A".utf8), width: 8) == 10)
        for text in ["", "+000000a", "-0000000", "000000a", "00000000a", "0000000g"] {
            #expect(StoreText.number(Array(text.utf8), width: 8) == nil)
        }
    }
}
