import Testing
import UsherTestKit

/// Random sequences of all that changes sessions; after each step, what `session.validate` answers is compared with
/// what `session.list` and a copy of the data say.
@Suite("Engine: what answers show")
struct EngineAnswerTests {
    private final class Model {
        let bench: EngineBench
        let client: Client
        var sessions: [(token: String, data: [String: JSONValue])] = []
        var dice: SplitMix
        /// Answers that showed a session.
        var compared = 0

        init(seed: UInt64) throws {
            bench = try EngineBench(.bench { ($0.capacity, $0.sessionsPerUser) = (64, 6) })
            client = bench.connect()
            _ = client.ask("board.attach")
            dice = SplitMix(seed: seed)
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
