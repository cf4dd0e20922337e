import UsherTestKit

/// Connections of the tests' own, one after the other, that repeat nothing.
final class RawClient: CrashClient {
    private let socket: String
    private let patience: Duration
    private var connection: TestClient?

    /// A client of the daemon in `directory` that waits for an answer for as long as `patience`.
    init(directory: String, patience: Duration = .seconds(20)) {
        socket = "\(directory)/usher.sock"
        self.patience = patience
    }

    /// The next call is on a connection of its own.
    func disconnect() { connection = nil }

    /// Calls `method`; `value` is what its answer means, nil where it means nothing that is expected.
    func call<Value>(
        _ method: String, _ params: JSONValue, _ value: (Answer) -> Value?
    ) throws -> Outcome<Value> {
        let connection = try connected()
        guard let answer = try answer(method, params, on: connection) else {
            self.connection = nil
            return .lost
        }
        if answer.reason == "no_such_session" { return .noSuchSession }
        guard let value = value(answer) else { throw TestFailure("\(method): \(answer)") }
        return .answered(value)
    }

    private func answer(_ method: String, _ params: JSONValue, on connection: TestClient) throws -> Answer? {
        let patience = Patience(patience)
        do { return try connection.call(method, params, within: self.patience) } catch {
            // Silence is no lost connection.
            guard !patience.isOver else { throw error }
            return nil
        }
    }

    private func connected() throws -> TestClient {
        if let connection { return connection }
        try eventually("the daemon is back") {
            connection = try? TestClient(socket)
            return connection != nil
        }
        guard let connection else { throw TestFailure("not connected") }
        return connection
    }

    /// The session that an answer with a token describes.
    func issued(_ answer: Answer, asked: Int) -> KnownSession? {
        guard let token = answer["token"]?.text, let seen = KnownSession.Seen(answer["session"]) else { return nil }
        return KnownSession(token: token, seen, asked: asked)
    }

    func create(user: String, address: String) throws -> Outcome<KnownSession> {
        let params: JSONValue = ["user": .text(user), "methods": ["pwd"], "context": ["remote_ip": .text(address)]]
        return try call("session.create", params) { issued($0, asked: 0) }
    }

    func validate(_ token: String) throws -> Outcome<KnownSession.Seen?> {
        try call("session.validate", ["token": .text(token)]) { answer in
            if answer["valid"] == false { return .some(nil) }
            return KnownSession.Seen(answer["session"]).map { .some($0) }
        }
    }

    func rotate(_ known: KnownSession) throws -> Outcome<KnownSession> {
        try call("session.rotate", ["token": .text(known.token)]) { issued($0, asked: known.knowledge.asked) }
    }

    func update(_ token: String, number: Int) throws -> Outcome<Void> {
        try call("session.update", ["token": .text(token), "data": ["n": .text("\(number)")]]) { answer in
            answer["version"].map { _ in }
        }
    }

    func touch(_ tokens: [String]) throws -> Outcome<Void> {
        try call("session.touch", ["tokens": .array(tokens.map { .text($0) })]) { $0.result.map { _ in } }
    }

    func revoke(_ token: String) throws -> Outcome<Int> {
        try call("session.revoke", ["token": .text(token)]) { $0["revoked"]?.integer.map { Int($0) } }
    }

    func remembers(_ token: String) -> Bool { false }
}

extension KnownSession.Seen {
    fileprivate init?(_ session: JSONValue?) {
        guard let handle = session?["handle"]?.text, let user = session?["user"]?.text else { return nil }
        self.init(
            handle: handle, user: user, address: session?["context"]?["remote_ip"]?.text,
            number: Int(session?["data"]?["n"]?.text ?? "0") ?? -1)
    }
}
