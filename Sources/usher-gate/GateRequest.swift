import HTTPTypes
import Hummingbird
import NIOCore
import UsherGate
import UsherWebCore
import UsherWebHummingbird

/// A request of a proxy.
struct GateRequest: Sendable {
    private let request: Request

    init(_ request: Request) { self.request = request }

    /// What stands between the slashes of the path. The query is left out.
    var path: [String] {
        let path = (request.head.path ?? "/").utf8.prefix { $0 != UInt8(ascii: "?") }
        let pieces = path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        return pieces.map { String(decoding: $0, as: UTF8.self) }
    }

    /// The method of the request itself, which is the browser's where the gate's own pages are asked for.
    var method: String { request.method.rawValue }

    /// All values of a field.
    func values(_ name: String) -> [String] { HTTPField.Name(name).map { request.headers[values: $0] } ?? [] }

    /// The values of a field that decides about the kind of request, joined.
    func joined(_ field: RequestField) -> String? { HTTPField.Name(field.rawValue).flatMap { request.headers[$0] } }

    /// The values of all `Cookie` fields.
    var cookies: [String] { request.headers[values: .cookie] }

    /// The language that its pages are to speak.
    var language: Language { Language(accepting: request.headers[.acceptLanguage]) }

    /// What the browser calls itself.
    var userAgent: String? { request.headers[.userAgent] }

    /// Whether a browser only looks ahead: nothing must come of it.
    var isPrefetch: Bool { values("sec-purpose").contains { $0.utf8.starts(with: "prefetch".utf8) } }

    /// The fields of the query, which is written as a form is.
    var query: PostedForm? {
        let text = (request.head.path ?? "").utf8.drop { $0 != UInt8(ascii: "?") }.dropFirst()
        guard let fields = try? FormBody(Array(text).span) else { return nil }
        return PostedForm(fields)
    }

    /// The fields of the posted form.
    func posted() async throws(FormBody.Refusal) -> PostedForm {
        guard FormBody.isForm(contentType: request.headers[.contentType]) else { throw .contentType }
        guard let body = try? await request.body.collect(upTo: FormBody.usualLimit) else { throw .tooLarge }
        return PostedForm(try FormBody(body.readableBytesUInt8Span))
    }
}

extension Response {
    /// An answer of the gate in HTTP.
    init(_ answer: GateAnswer) {
        var fields = HTTPFields()
        for (name, value) in answer.fields {
            if let name = HTTPField.Name(name) { fields.append(HTTPField(name: name, value: value)) }
        }
        var body = ResponseBody()
        if let (text, type) = answer.body {
            fields[.contentType] = type
            body = ResponseBody(byteBuffer: ByteBuffer(string: text))
        }
        self.init(status: HTTPResponse.Status(code: answer.status), headers: fields, body: body)
    }
}
