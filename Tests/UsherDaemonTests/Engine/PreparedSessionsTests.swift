import Testing
import UsherBoard
import UsherTestKit
import UsherWire

@testable import UsherDaemon

@Suite("Prepared sessions")
final class PreparedSessionsTests {
    private let memory: UnsafeMutableRawBufferPointer
    private let prepared: PreparedSessions

    init() {
        memory = .allocate(byteCount: PreparedSessions.size(capacity: 512), alignment: 4096)
        memory.initializeMemory(as: UInt8.self, repeating: 0)
        prepared = PreparedSessions(in: memory)
    }

    deinit { memory.deallocate() }

    private func key(_ slot: UInt32, _ stamp: UInt32, offset: Int64 = 7) -> PreparedSessions.Key {
        PreparedSessions.Key(place: BoardPlace(slot: slot, stamp: stamp), unixOffset: offset)
    }

    private func kept(_ key: PreparedSessions.Key) -> [UInt8]? {
        prepared.with(key) { json, lastUse in json.indices.map { json[$0] } + [UInt8(lastUse)] }
    }

    @Test("are lent under the very key that they were kept with, until another takes the place")
    func keys() {
        #expect(kept(key(0, 0, offset: 0)) == nil && kept(key(5, 1)) == nil)
        prepared.keep([1, 2, 3].span, lastUse: 9, for: key(5, 1))
        #expect(kept(key(5, 1)) == [1, 2, 3, 9])
        #expect(kept(key(5, 2)) == nil && kept(key(6, 1)) == nil && kept(key(37, 1)) == nil)
        #expect(kept(key(5, 1, offset: 8)) == nil)
        prepared.keep([4].span, lastUse: 1, for: key(37, 1))
        #expect(kept(key(5, 1)) == nil && kept(key(37, 1)) == [4, 1])
    }

    @Test("the last stamp, which changes no more, is not kept; nor is what is too long")
    func refused() {
        prepared.keep([1].span, lastUse: 0, for: key(1, BoardEntry.lastStamp))
        #expect(kept(key(1, BoardEntry.lastStamp)) == nil)
        prepared.keep([UInt8](repeating: 1, count: 512).span, lastUse: 0, for: key(1, 1))
        #expect(kept(key(1, 1)) == nil)
    }

    @Test(
        "take a place of 512 bytes for each 128 sessions, 16 at least, a power of two, 4 MiB at most",
        arguments: [(1, 16), (2048, 16), (4096, 32), (6000, 32), (1 << 20, 8192), (1 << 24, 8192)])
    func size(_ capacity: Int, _ places: Int) {
        #expect(PreparedSessions.size(capacity: capacity) == places * 512)
    }

    @Test("times of the last use are written anew where they take the same room")
    func times() {
        var answers = FrameBuffer(capacity: 1024)
        let json = Array(#"{"last_seen":1111111111,"idle_expires":2222222222}"#.utf8)
        func written(_ seen: Int64, _ idle: Int64) -> String? {
            answers.removeAll()
            guard answers.session(prepared: json.span, with: LastUse(seen: seen, idleExpires: idle), at: 13) else {
                return nil
            }
            return String(decoding: answers.copy(), as: UTF8.self)
        }
        #expect(written(1_700_000_009, 9_999_999_999) == #"{"last_seen":1700000009,"idle_expires":9999999999}"#)
        #expect(written(1_000_000_000, 2_090_807_060) == #"{"last_seen":1000000000,"idle_expires":2090807060}"#)
        #expect(written(999_999_999, 1_700_000_000) == nil && written(1_700_000_000, 10_000_000_000) == nil)
        #expect(written(-1_700_000_000, 1_700_000_000) == nil && answers.isEmpty)
    }
}

/// Random sequences of all that changes sessions; after each step, what `session.validate` answers is compared with what
/// `session.list`, which is always written from the ledger, and a copy of the data say.
@Suite("Prepared sessions: model")
struct PreparedSessionsModelTests {
    private final class Model {
        let bench: EngineBench
        let client: Client
        var sessions: [(token: String, data: [String: JSONValue])] = []
        var dice: Dice
        /// Answers that a kept session stood behind.
        var compared = 0

        init(seed: UInt64) throws {
            bench = try EngineBench(.bench { ($0.capacity, $0.sessionsPerUser) = (64, 6) })
            client = bench.connect()
            _ = client.ask("board.attach")
            dice = Dice(state: seed)
        }

        private func pick() -> Int? { sessions.indices.randomElement(using: &dice) }

        func step() throws {
            let at = pick()
            switch (Int.random(in: 0..<14, using: &dice), at) {
            case (0..<3, _), (_, nil): try create()
            case (3, let at?): try update(at)
            case (4, let at?): try rotate(at)
            case (5, let at?): try renew(at)
            case (6, let at?): _ = client.ask("session.revoke", #"{"token":"\#(sessions[at].token)"}"#)
            case (7, let at?): _ = client.ask("session.touch", #"{"tokens":["\#(sessions[at].token)"]}"#)
            case (8, let at?): _ = client.isValid(sessions[at].token)
            case (9, _): bench.advance(.seconds(Int.random(in: 1..<9, using: &dice)))
            case (10, _): bench.stepUnixTime(Int64.random(in: -9...9, using: &dice))
            case (11, _): bench.tickAtDeadline()
            default: break
            }
        }

        private func create() throws {
            let service = Bool.random(using: &dice) ? "mail" : "web"
            let user = "u\(Int.random(in: 0..<12, using: &dice))"
            sessions.append((try client.create(user, service: service).token, [:]))
        }

        private func update(_ at: Int) throws {
            let value = String(repeating: "v", count: Int.random(in: 0..<400, using: &dice))
            let params = #"{"token":"\#(sessions[at].token)","data":{"k":"\#(value)"}}"#
            if client.ask("session.update", params).result != nil { sessions[at].data = ["k": .text(value)] }
        }

        private func rotate(_ at: Int) throws {
            let answer = client.ask("session.rotate", #"{"token":"\#(sessions[at].token)"}"#)
            if let fresh = answer.result?["token"]?.text { sessions[at].token = fresh }
        }

        private func renew(_ at: Int) throws {
            guard let user = client.shown(sessions[at].token)?["user"]?.text else { return }
            let request = client.send("auth.start", #"{"token":"\#(sessions[at].token)","password":"x"}"#)
            bench.succeed(bench.lastTransaction, user)
            if let fresh = client.answer(to: request)?.result?["token"]?.text { sessions[at].token = fresh }
        }

        /// Compares the answers for every session, and forgets those that are over.
        func check() throws {
            for at in sessions.indices.reversed() {
                let (token, data) = sessions[at]
                let touches = Bool.random(using: &dice)
                let params = #"{"token":"\#(token)"\#(touches ? "" : #","touch":false"#)}"#
                let first = client.ask("session.validate", params).session
                let second = client.ask("session.validate", params).session
                let listed = client.listed(token, handle: first?["handle"])
                #expect(first == second && (first == nil) == (listed == nil))
                guard case .object(var members)? = first else {
                    sessions.remove(at: at)
                    continue
                }
                #expect(members["data"] == .object(data))
                members["data"] = nil
                #expect(.object(members) == listed)
                compared += 1
            }
        }
    }

    @Test("an answer shows what the ledger holds now, after each change", arguments: [1, 2, 3, 4] as [UInt64])
    func model(_ seed: UInt64) throws {
        let model = try Model(seed: seed)
        for _ in 0..<300 {
            try model.step()
            try model.check()
        }
        #expect(model.compared > 1000)
    }
}

extension Client {
    /// The session as `session.validate` shows it, not touched.
    fileprivate func shown(_ token: String) -> JSONValue? {
        ask("session.validate", #"{"token":"\#(token)","touch":false}"#).session
    }

    /// The session of that handle as `session.list` shows it to the owner of `token`.
    fileprivate func listed(_ token: String, handle: JSONValue?) -> JSONValue? {
        ask("session.list", #"{"token":"\#(token)"}"#).result?["sessions"]?.array?.first { $0["handle"] == handle }
    }
}

/// The same numbers on each run (SplitMix64).
private struct Dice: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return word ^ word >> 31
    }
}
