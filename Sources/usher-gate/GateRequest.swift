import HTTPTypes
import Hummingbird
import NIOCore
import UsherGate
import UsherWebCore
import UsherWebHummingbird

/// A request of a proxy.
struct GateRequest: Sendable {
    private let head: HTTPRequest
    /// Nil for a request that is known by its head alone.
    private let body: RequestBody?

    init(_ request: Request) {
        head = request.head
        body = request.body
    }

    /// A request without a body.
    init(_ head: HTTPRequest) {
        self.head = head
        body = nil
    }

    /// What is asked for; nil where nothing of that name is here.
    var path: GatePath? { GatePath(target: head.path ?? "/") }

    /// The method of the proxy's own request. For the gate's own pages it is the browser's.
    var method: String { head.method.rawValue }

    /// All values of a field, whose name is in small letters.
    func values(_ name: String) -> [String] {
        head.headerFields.lazy.filter { $0.name.canonicalName == name }.map(\.value)
    }

    /// The values of a field that decides about the kind of request, joined.
    func joined(_ field: RequestField) -> String? { field.joined(in: values) }

    /// The values of all `Cookie` fields.
    var cookies: [String] { head.headerFields[values: .cookie] }

    /// The language that its pages are to speak.
    var language: Language { Language(accepting: head.headerFields[.acceptLanguage]) }

    /// What the browser calls itself.
    var userAgent: String? { head.headerFields[.userAgent] }

    /// Whether the browser only prefetches (`Sec-Purpose`): the answer must have no effect.
    var isPrefetch: Bool { values("sec-purpose").contains { $0.utf8.starts(with: "prefetch".utf8) } }

    /// The fields of the query, which is written as a form is.
    var query: PostedForm? {
        let text = (head.path ?? "").utf8.drop { $0 != UInt8(ascii: "?") }.dropFirst()
        guard let fields = try? FormBody(Array(text).span) else { return nil }
        return PostedForm(fields)
    }

    /// The fields of the posted form, of `limit` bytes at most.
    func posted(limit: Int) async throws(FormBody.Refusal) -> PostedForm {
        guard FormBody.isForm(contentType: head.headerFields[.contentType]) else { throw .contentType }
        guard let body = try? await body?.collect(upTo: limit) else { throw .tooLarge }
        return PostedForm(try FormBody(body.readableBytesUInt8Span, limit: limit))
    }
}

extension GateAnswer {
    /// Status and fields in HTTP.
    var head: HTTPResponse {
        var fields = HTTPFields()
        for (name, value) in self.fields {
            if let name = HTTPField.Name(parsed: name) ?? HTTPField.Name(name) {
                fields.append(HTTPField(name: name, value: value))
            }
        }
        return HTTPResponse(status: HTTPResponse.Status(code: status), headerFields: fields)
    }
}

extension Response {
    /// An answer of the gate in HTTP. `file` has the bytes of its file.
    init(_ answer: GateAnswer, file bytes: ByteBuffer? = nil) {
        let head = answer.head
        var fields = head.headerFields
        var body = ResponseBody()
        if let (text, type) = answer.body {
            fields[.contentType] = type
            body = ResponseBody(byteBuffer: ByteBuffer(string: text))
        }
        if let file = answer.file, let bytes {
            fields[.contentType] = file.type
            body = ResponseBody(byteBuffer: bytes)
        }
        self.init(status: head.status, headers: fields, body: body)
    }
}
