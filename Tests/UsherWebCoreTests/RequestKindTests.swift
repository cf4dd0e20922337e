import Testing
import UsherTestKit
import UsherWebCore

@Suite("Kinds of requests")
struct RequestKindTests {
    @Test("are told apart as the vectors say", arguments: WebVector.all("request_kind"))
    func vectors(_ vector: WebVector) {
        let (method, fields) = (vector.text("method"), vector["fields"])
        let kind = RequestKind(method: method) { fields[$0.rawValue]?.text }
        #expect(Self.name(kind) == vector.text("expect"))
        #expect(kind.redirectsToLogin(method: method) == (vector["redirects"] == true))
    }

    private static func name(_ kind: RequestKind) -> String {
        switch kind {
        case .navigation(let top): top ? "top" : "framed"
        case .background: "background"
        case .webSocket: "web_socket"
        case .eventStream: "event_stream"
        case .preflight: "preflight"
        }
    }
}
