import Testing
import UsherClient
import UsherTestKit
import UsherWebCore

@Suite("Form bodies")
struct FormBodyTests {
    @Test("are read as the vectors say", arguments: WebVector.all("form"))
    func vectors(_ vector: WebVector) throws {
        let (bytes, expected) = (vector.bytes(), vector["expect"])
        do {
            let form = try FormBody(bytes.span)
            let fields = try #require(expected["fields"]?.array)
            #expect(form.count == fields.count)
            for field in fields {
                let (name, value) = (try #require(field.array?.first?.text), field.array?.last?.text)
                #expect(Array((form.text(name) ?? "?").utf8) == value.map { Array($0.utf8) })
            }
        } catch let refusal as FormBody.Refusal {
            #expect(Self.name(refusal) == expected["refused"]?.text)
        }
    }

    private static func name(_ refusal: FormBody.Refusal) -> String {
        switch refusal {
        case .contentType: "content_type"
        case .tooLarge: "too_large"
        case .duplicate: "duplicate"
        case .encoding: "encoding"
        case .text: "text"
        case .secretTooLong: "secret_too_long"
        }
    }

    @Test("give a password byte by byte")
    func secret() throws {
        let body = Array("user=ada&password=p%C3%A4ss+w%2Brd%26".utf8)
        let form = try FormBody(body.span)
        let secret = try form.secret("password")
        let bytes = secret?.withBytes { bytes in bytes.indices.map { bytes[$0] } }
        #expect(bytes == Array("päss w+rd&".utf8))
        let missing = try form.secret("Password")?.count
        #expect(missing == nil)
        #expect(form.has("user") && !form.has("use"))
    }

    @Test("refuse a password that PAM would not take")
    func longSecret() throws {
        for count in [Secret.capacity, Secret.capacity + 1] {
            let body = Array("p=".utf8) + [UInt8](repeating: 0x78, count: count)
            let form = try FormBody(body.span)
            var refusal: FormBody.Refusal?
            do throws(FormBody.Refusal) { _ = try form.secret("p") } catch { refusal = error }
            #expect(refusal == (count > Secret.capacity ? .secretTooLong : nil))
        }
    }

    @Test("have a limit that a caller may set")
    func limit() {
        let body = Array("a=b".utf8)
        #expect(throws: FormBody.Refusal.tooLarge) { _ = try FormBody(body.span, limit: 2) }
    }

    @Test("are known by their type")
    func contentType() {
        let form = "application/x-www-form-urlencoded"
        for type in [form, form.uppercased(), form + ";charset=UTF-8", " \(form) ; a=b"] {
            #expect(FormBody.isForm(contentType: type), "\(type)")
        }
        for type in [
            nil, "", "multipart/form-data; boundary=\(form)", "text/plain", form + "x", form + "\u{301}", "x;" + form,
        ] {
            #expect(!FormBody.isForm(contentType: type), "\(type ?? "none")")
        }
    }

    @Test("are refused with the status that says why")
    func status() {
        #expect(FormBody.Refusal.contentType.status == 415)
        #expect(FormBody.Refusal.tooLarge.status == 413)
        #expect(FormBody.Refusal.duplicate.status == 400)
    }
}
