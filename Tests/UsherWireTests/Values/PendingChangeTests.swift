import Testing
import UsherTestKit
import UsherWire

@Suite("A change that goes on")
struct PendingChangeTests {
    private func written(_ change: PendingChange?) -> [UInt8] {
        var out = FrameBuffer(capacity: 4096)
        _ = out.writeError(.unavailable, to: RequestID(9), retryAfter: change == nil ? nil : .seconds(1)) {
            if let change { $0.pending(change) }
        }
        return out.copy()
    }

    private func read(_ frame: [UInt8]) throws -> Response.ErrorObject {
        guard case .refusal(9, let refusal) = try Response(frame.span, body: 4..<frame.count) else {
            throw TestFailure("no refusal")
        }
        return refusal
    }

    @Test(
        "is read as it was written, its time in whole milliseconds, rounded up",
        arguments: [(nil, nil), (.zero, .zero), (.microseconds(1500), .milliseconds(2)), (.seconds(11), .seconds(11))]
            as [(Duration?, Duration?)])
    func written(_ until: Duration?, _ read: Duration?) throws {
        let refusal = try self.read(written(PendingChange(until: until)))
        #expect(refusal.code == .unavailable && refusal.retryAfter == .seconds(1))
        #expect(refusal.pending == PendingChange(until: read))
    }

    /// A frame with these members of `error.data`; nobody looks at its length.
    private func frame(_ members: String) -> [UInt8] {
        let body = #"    {"jsonrpc":"2.0","id":9,"error":{"code":1008,"message":"","data":{\#(members)}}}"#
        return Array(body.utf8)
    }

    @Test(
        "is none where the daemon says nothing, no, or only a time",
        arguments: [#""reason":"unavailable""#, #""pending":false"#, #""until_ms":5"#])
    func absent(_ members: String) throws {
        #expect(try read(frame(members)).pending == nil)
        #expect(try read(written(nil)).retryAfter == nil)
    }

    @Test(
        "of another type than the protocol's is no answer of a daemon",
        arguments: [#""pending":1"#, #""until_ms":-1"#, #""until_ms":"5""#])
    func unfit(_ members: String) {
        #expect(throws: Refusal.self) { try read(frame(members)) }
    }
}
