import Testing
import UsherEngine
import UsherTestKit

/// A connection to the bench's engine.
struct Client {
    let id: ConnectionID
    let bench: EngineBench
    private let numbers = Numbers()

    private final class Numbers { var last: Int64 = 0 }

    init(_ id: ConnectionID, _ bench: EngineBench) {
        self.id = id
        self.bench = bench
    }

    /// Sends a request, and returns its id.
    @discardableResult
    func send(_ method: String, _ params: String = "{}") -> Int64 {
        numbers.last += 1
        send(raw: #"{"jsonrpc":"2.0","id":\#(numbers.last),"method":"\#(method)","params":\#(params)}"#)
        return numbers.last
    }

    /// Sends a body as it stands.
    @discardableResult
    func send(raw body: String) -> FrameOutcome { bench.receive(Array(body.utf8), from: id) }

    /// Everything that came for the connection and was not taken yet.
    func takeInbox() -> [JSONValue] { bench.host.inbox.removeValue(forKey: id) ?? [] }

    /// The answer to a request, once; nil while there is none.
    func answer(to number: Int64) -> JSONValue? {
        guard let place = bench.host.inbox[id]?.firstIndex(where: { $0["id"] == .integer(number) }) else { return nil }
        return bench.host.inbox[id]?.remove(at: place)
    }

    /// Sends a request that must be answered at once.
    func ask(
        _ method: String, _ params: String = "{}", sourceLocation: SourceLocation = #_sourceLocation
    ) -> JSONValue {
        guard let answer = answer(to: send(method, params)) else {
            Issue.record("\(method) was not answered", sourceLocation: sourceLocation)
            return .null
        }
        return answer
    }

    // MARK: Often used

    /// `session.create`: a token and its session.
    func create(
        _ user: String, service: String? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> (token: String, session: JSONValue) {
        let named = service.map { #","service":"\#($0)""# } ?? ""
        let answer = ask("session.create", #"{"user":"\#(user)","methods":["pwd"]\#(named)}"#)
        let token = try #require(answer["result"]?["token"]?.text, sourceLocation: sourceLocation)
        return (token, try #require(answer["result"]?["session"], sourceLocation: sourceLocation))
    }

    /// Whether `session.validate` accepts a token.
    func isValid(_ token: String, touch: Bool = true) -> Bool {
        ask("session.validate", #"{"token":"\#(token)","touch":\#(touch)}"#)["result"]?["valid"] == true
    }

    /// `auth.start` of `user` with a password; the request's id.
    @discardableResult
    func startLogin(_ user: String, _ more: String = "") -> Int64 {
        send("auth.start", #"{"user":"\#(user)","password":"correct horse"\#(more)}"#)
    }

    /// The connection ends.
    func close() { bench.engine.closed(id) }
}

extension JSONValue {
    /// `error.data.reason`.
    var reason: String? { self["error"]?["data"]?["reason"]?.text }
    /// `result`.
    var result: JSONValue? { self["result"] }
    /// `result.session`.
    var session: JSONValue? { self["result"]?["session"] }
}
