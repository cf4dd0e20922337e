import Testing
import UsherTestKit
import UsherWire

@Suite("Vectors")
struct VectorTests {
    @Test("are there, of each kind")
    func complete() {
        #expect(Vector.all.count > 450)
        let methods = Set(Vector.all.compactMap { $0.expect["request"]?["method"]?.text })
        #expect(methods == Set(Method.allCases.filter { $0 != .unknown }.map { "\($0.name)" }))
    }

    @Test("mean to a daemon what they say", arguments: Vector.all.filter(\.isRequest))
    func requests(_ vector: Vector) {
        #expect(Describe.request(vector.bytes) == vector.expect)
    }

    @Test("mean to a client what they say", arguments: Vector.all.filter { !$0.isRequest })
    func responses(_ vector: Vector) {
        #expect(Describe.response(vector.bytes, to: vector.method) == vector.expect)
    }

    @Test("are cut anywhere without a difference")
    func split() {
        for vector in Vector.all {
            #expect(SplitVerifier.firstDifference(vector.bytes) == nil, "\(vector.name)")
        }
    }

    @Test("stand one behind the other without a difference")
    func concatenated() {
        let whole = Vector.all.filter { !$0.bytes.isEmpty }.filter {
            if case .whole(let body) = Frame.inspect($0.bytes.span) { body.upperBound == $0.bytes.count } else { false }
        }
        let stream = whole.flatMap(\.bytes)
        var at = 0
        for vector in whole {
            guard case .whole(let body) = Frame.inspect(stream.span, at: at) else {
                Issue.record("no frame at \(at), where \(vector.name) stands")
                return
            }
            #expect(Array(stream[at..<body.upperBound]) == vector.bytes)
            let moved = Request(stream.span, body: body)
            let alone = Request(vector.bytes.span, body: 4..<vector.bytes.count)
            #expect(moved.fault == alone.fault && moved.method == alone.method, "\(vector.name)")
            at = body.upperBound
        }
        #expect(at == stream.count)
    }
}
