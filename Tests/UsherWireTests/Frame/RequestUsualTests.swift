import Testing
import UsherSecrets
import UsherTestKit
import UsherWire

@Suite("Request: the usual form")
struct RequestUsualTests {
    /// What is read of a request.
    private struct Reading: Equatable {
        var id: Request.ID
        var method: Method
        var params: Range<Int>?
        var fault: ErrorCode?
        var isNotification: Bool
        var token: [UInt8]?
        var touches: Bool?
        var paramsFault: Refusal?

        init(_ request: Request, _ bytes: [UInt8]) {
            (id, method, params) = (request.id, request.method, request.params)
            (fault, isNotification) = (request.fault, request.isNotification)
            guard fault == nil, method == .validate else { return }
            do throws(Refusal) {
                let params = try ValidateParams(request, in: bytes.span)
                token = params.token.withBytes { bytes in bytes.indices.map { bytes[$0] } }
                touches = params.touches
            } catch {
                paramsFault = error
            }
        }
    }

    private static let token = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
    private static func body(_ id: String = "7", token: String = token) -> [UInt8] {
        Array(#"{"jsonrpc":"2.0","id":\#(id),"method":"session.validate","params":{"token":"\#(token)"}}"#.utf8)
    }

    /// Reads `body` in both ways, between other bytes; what was read, if it is the same.
    private func same(_ body: [UInt8]) -> Reading? {
        let bytes = Array("\"}}".utf8) + body + Array("\"}}0000".utf8)
        let place = 3..<3 + body.count
        let quick = Reading(Request(bytes.span, body: place), bytes)
        return quick == Reading(Request(general: bytes.span, body: place), bytes) ? quick : nil
    }

    @Test("is read as it says")
    func usual() {
        let reading = same(Self.body("120"))
        #expect(reading?.id == .integer(120) && reading?.method == .validate && reading?.touches == true)
        #expect(reading?.token == (0..<32).map { UInt8($0) })
    }

    @Test("ids are read in the same way, whatever they are")
    func ids() {
        let nines = (1...20).map { String(repeating: "9", count: $0) }
        let others = ["0", "00", "01", "-1", "-0", "1.0", "1e2", "\"a\"", "null", "", " 1", "1 ", "{}"]
        for id in nines + others + ["9007199254740993"] { #expect(same(Self.body(id)) != nil, "\(id)") }
    }

    @Test("tokens are read in the same way, whatever they are")
    func tokens() {
        let tail = String(Self.token.dropLast())
        for last in UInt8(0)..<128 {
            let token = tail + String(UnicodeScalar(last))
            #expect(same(Self.body(token: token)) != nil, "\(token)")
        }
        for token in ["", tail, Self.token + "A", tail.dropLast() + "\\n", tail.dropLast() + "é"] {
            #expect(same(Self.body(token: String(token))) != nil, "\(token)")
        }
    }

    @Test("a byte changed, left out or put in anywhere is read in the same way")
    func mutations() {
        for usual in [Self.body(), Self.body("123456789012345")] {
            for at in usual.indices {
                var shorter = usual
                shorter.remove(at: at)
                #expect(same(shorter) != nil, "without \(at)")
                for byte in UInt8.min...UInt8.max {
                    var changed = usual
                    changed[at] = byte
                    #expect(same(changed) != nil, "\(byte) at \(at)")
                    changed.insert(usual[at], at: at)
                    #expect(same(changed) != nil, "\(byte) before \(at)")
                }
            }
        }
    }

    @Test("cut off anywhere is read in the same way")
    func cut() {
        let usual = Self.body()
        for count in 1..<usual.count { #expect(same(Array(usual[..<count])) != nil, "\(count)") }
        for count in 1..<usual.count { #expect(same(Array(usual[count...])) != nil, "\(count)") }
    }

    @Test("every vector is read in the same way")
    func vectors() {
        for vector in Vector.all where vector.isRequest {
            var at = 0
            while case .whole(let body) = Frame.inspect(vector.bytes.span, at: at) {
                #expect(same(Array(vector.bytes[body])) != nil, "\(vector.name)")
                at = body.upperBound
            }
        }
    }
}
