import Testing
import UsherSecrets
import UsherSessions

@testable import UsherEngine

@Suite("Parked requests")
struct ParkedRequestsTests {
    let token = TokenDigest(of: SessionToken())
    let other = TokenDigest(of: SessionToken())

    private func connection(_ index: UInt32) -> ConnectionID { ConnectionID(index: index, generation: 1) }

    private func park(
        _ text: String, on digest: TokenDigest, in parked: inout ParkedRequests, from index: UInt32 = 1,
        uid: UInt32 = 1000, until deadline: Int64 = 100
    ) -> ParkedRequests.Parking {
        let body = Array(text.utf8)
        return parked.park(body.span, on: digest, from: connection(index), uid: uid, until: deadline)
    }

    private func texts(_ requests: [ParkedRequest]) -> [String] {
        requests.map { request in
            request.body.withBytes { body in
                String(decoding: body.indices.map { body[$0] }, as: UTF8.self)
            }
        }
    }

    @Test("requests on one token come back in the order of their arrival, whoever sent them, and others stay")
    func order() {
        var parked = ParkedRequests()
        #expect(park("a", on: token, in: &parked) == .first)
        #expect(park("b", on: other, in: &parked) == .first)
        #expect(park("c", on: token, in: &parked, from: 2) == .behind)
        #expect(park("d", on: token, in: &parked) == .behind)
        #expect(parked.isWaiting(on: token) && parked.count == 4 && parked.bytes == 4)
        let requests = parked.take(token)
        #expect(texts(requests) == ["a", "c", "d"] && requests.map(\.connection.index) == [1, 2, 1])
        #expect(!parked.isWaiting(on: token) && parked.isWaiting(on: other))
        #expect(parked.take(token).isEmpty && parked.bytes == 1)
    }

    /// What is full, and a request for which there is room all the same.
    struct Bound: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let limits: ParkedRequests.Limits
        /// Connection and uid of a request that is turned away, and of one that is taken.
        let refused: (UInt32, UInt32)
        let taken: (UInt32, UInt32)?

        static let all = [
            Bound(
                testDescription: "a connection's share", limits: .init(perConnection: 2), refused: (1, 1000),
                taken: (2, 1000)),
            Bound(testDescription: "a uid's share", limits: .init(perUser: 2), refused: (2, 1000), taken: (2, 1001)),
            Bound(
                testDescription: "a uid's bytes", limits: .init(bytesPerUser: 8), refused: (2, 1000), taken: (2, 1001)),
            Bound(testDescription: "the bytes", limits: .init(bytes: 8), refused: (2, 1001), taken: nil),
        ]
    }

    @Test("shares and bytes are bounded, and free again once requests have left", arguments: Bound.all)
    func bounds(_ bound: Bound) {
        var parked = ParkedRequests(limits: bound.limits)
        #expect(park("1234", on: token, in: &parked) == .first)
        #expect(park("1234", on: other, in: &parked) == .first)
        let (index, uid) = bound.refused
        #expect(park("1234", on: token, in: &parked, from: index, uid: uid) == .full)
        if let (index, uid) = bound.taken {
            #expect(park("1234", on: token, in: &parked, from: index, uid: uid) == .behind)
        }
        _ = parked.take(token)
        #expect(park("1234", on: token, in: &parked, from: index, uid: uid) == .first)
    }

    @Test("those that have waited long enough come back, each at its own time")
    func expiry() {
        var parked = ParkedRequests()
        #expect(parked.nextDeadline == nil)
        _ = park("a", on: token, in: &parked, until: 200)
        _ = park("b", on: token, in: &parked, from: 2, until: 100)
        _ = park("c", on: other, in: &parked, until: 150)
        #expect(parked.nextDeadline == 100 && parked.expire(now: 99).isEmpty)
        #expect(texts(parked.expire(now: 100)) == ["b"])
        #expect(texts(parked.expire(now: 150)) == ["c"] && !parked.isWaiting(on: other))
        #expect(texts(parked.take(token)) == ["a"])
        #expect(parked.nextDeadline == nil && parked.bytes == 0)
    }

    @Test("a connection takes its requests with it, and their shares")
    func closed() {
        var parked = ParkedRequests(limits: .init(perUser: 3))
        _ = park("a", on: token, in: &parked)
        _ = park("b", on: token, in: &parked, from: 2)
        _ = park("c", on: other, in: &parked)
        parked.connectionClosed(connection(1))
        parked.connectionClosed(connection(9))
        #expect(parked.count == 1 && parked.bytes == 1 && !parked.isWaiting(on: other))
        #expect(park("d", on: other, in: &parked, from: 3) == .first)
        #expect(park("e", on: other, in: &parked, from: 3) == .behind)
        #expect(park("f", on: other, in: &parked, from: 3) == .full)
        #expect(texts(parked.take(token)) == ["b"])
    }
}
