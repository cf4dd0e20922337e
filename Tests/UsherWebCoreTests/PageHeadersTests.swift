import Testing
import UsherTestKit
import UsherWebCore

@Suite("Fields of pages")
struct PageHeadersTests {
    @Test("are these", arguments: WebVector.all("page"))
    func vectors(_ vector: WebVector) throws {
        let targets = try vector.texts("form_targets").map { try #require(Origin($0)) }
        let transport = vector["transport_security"].integer.map { Duration.seconds($0) }
        let fields = PageHeaders(formTargets: targets, transportSecurity: transport).fields
        let expected = vector["expect"].array?.map { $0.array?.compactMap(\.text) ?? [] }
        #expect(fields.map { [$0.name, $0.value] } == expected)
    }

    @Test("let named origins give the page images and have it in a frame")
    func others() throws {
        let others = try ["https://wiki.example", "https://ci.example:8443"].map { try #require(Origin($0)) }
        let policy = try #require(PageHeaders(imageSources: others).fields.first).value
        #expect(policy.contains("; img-src 'self' https://wiki.example https://ci.example:8443; form-action 'self'; "))
        let framed = try #require(PageHeaders(frameAncestors: others).fields.first).value
        #expect(framed.contains("; frame-ancestors https://wiki.example https://ci.example:8443; base-uri 'none'"))
    }
}
