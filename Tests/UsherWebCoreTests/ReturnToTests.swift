import Testing
import UsherTestKit
import UsherWebCore

@Suite("Return-to")
struct ReturnToTests {
    private static func origin(_ text: String) -> Origin? { Origin(text, insecureLocalhost: true) }

    private static func returnTo(_ vector: WebVector) throws -> ReturnTo {
        let origins = try vector.texts("origins").map { try #require(origin($0)) }
        return ReturnTo(own: vector["own"].text.flatMap(origin), origins: origins)
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

    @Test("is not an own path that is reserved")
    func reserved() throws {
        let own = try #require(Self.origin("https://wiki"))
        let returnTo = ReturnTo(own: own, reserved: ["/login", "/logout"])
        for address in ["/login", "/login?to=/", "https://wiki/logout", "https://wiki:443/login/x"] {
            #expect(throws: ReturnTo.Refusal.reserved) { try returnTo.location(for: address) }
        }
        #expect(try returnTo.location(for: "/.usher/") == "https://wiki/.usher/")
    }
}
