import Testing
import UsherTestKit
import UsherWebCore

@Suite("Return-to")
struct ReturnToTests {
    private static func origin(_ text: String) -> Origin? { Origin(text, insecureLocalhost: true) }

    private static func returnTo(_ vector: WebVector) throws -> ReturnTo {
        let origins = try vector.texts("origins").map { try #require(origin($0)) }
        let own = vector["own"].text.flatMap(origin)
        guard vector["reserved"] != .null else { return ReturnTo(own: own, origins: origins) }
        return ReturnTo(own: own, origins: origins, reserved: vector.texts("reserved"))
    }

    @Test("is what the vectors say", arguments: WebVector.all("return_to"))
    func vectors(_ vector: WebVector) throws {
        let (returnTo, address) = (try Self.returnTo(vector), vector.bytes())
        let expected = vector["expect"]
        do {
            #expect(try returnTo.location(for: address.span) == expected["location"]?.text)
        } catch {
            #expect("\(error)" == expected["refused"]?.text)
        }
    }

    @Test("is accepted again as it was answered")
    func again() throws {
        for vector in WebVector.all("return_to") {
            guard let location = vector["expect"]["location"]?.text else { continue }
            let bytes = location.utf8.count
            guard bytes <= ReturnTo.limit else { continue }
            #expect(try Self.returnTo(vector).location(for: location) == location)
        }
    }
}
