import Testing
import UsherTestKit
import UsherWebCore

@Suite("Origins")
struct OriginTests {
    @Test("are read as the vectors say", arguments: WebVector.all("origin"))
    func reading(_ vector: WebVector) {
        let bytes = vector.bytes()
        let origin = Origin(utf8: bytes.span, insecureLocalhost: vector["insecure_localhost"] == true)
        #expect(origin?.text == vector["expect"].text)
    }

    @Test("are read again from their own text")
    func canonical() {
        for text in WebVector.all("origin").compactMap({ $0["expect"].text }) {
            #expect(Origin(text, insecureLocalhost: true)?.text == text)
        }
    }
}
