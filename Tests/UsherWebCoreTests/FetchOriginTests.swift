import Testing
import UsherTestKit
import UsherWebCore

@Suite("Origin of unsafe requests")
struct FetchOriginTests {
    @Test("is judged as the vectors say", arguments: WebVector.all("fetch_origin"))
    func vectors(_ vector: WebVector) throws {
        let own = try vector.texts("own").map { try #require(Origin($0)) }
        let trusted = try vector.texts("trusted").map { try #require(Origin($0)) }
        let origins = FetchOrigin(own: own, trusted: trusted)
        let fields = vector["fields"]
        let verdict = origins.verdict(method: vector.text("method")) { fields[$0.rawValue]?.text }
        #expect(Self.name(verdict) == vector.text("expect"))
        #expect(verdict.isAccepted == (vector["expect"] != "refused"))
        #expect(origins.provesOwnPage { fields[$0.rawValue]?.text } == (vector["proves_own_page"] == true))
    }

    private static func name(_ verdict: FetchOrigin.Verdict) -> String {
        switch verdict {
        case .harmless: "harmless"
        case .ownPage: "own_page"
        case .user: "user"
        case .trustedPage: "trusted_page"
        case .unknown: "unknown"
        case .refused: "refused"
        }
    }

    @Test("of development is known by its scheme and port")
    func development() throws {
        let own = try #require(Origin("http://localhost:8080", insecureLocalhost: true))
        let origins = FetchOrigin(own: [own])
        for (origin, expected) in [
            ("http://localhost:8080", true), ("https://localhost:8080", false), ("http://localhost", false),
        ] {
            let verdict = origins.verdict(method: "POST") { $0 == .origin ? origin : nil }
            #expect(verdict.isAccepted == expected, "\(origin)")
        }
    }
}
