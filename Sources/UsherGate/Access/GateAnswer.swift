package import UsherWebCore

/// An answer of the gate, before it is put into HTTP.
package struct GateAnswer: Sendable {
    /// The status code.
    package var status: Int
    /// Names in small letters, and values, in the order to send them; `set-cookie` may be there several times.
    package var fields: [(name: String, value: String)]
    /// The body, and what it is; nil where there is none.
    package var body: (text: String, type: String)?
    /// The file that is the body, in place of a text.
    package var file: ThemeFile?

    /// An answer of fields alone. Nothing that the gate says may be kept by a cache.
    package init(_ status: Int, _ fields: [(name: String, value: String)] = []) {
        self.status = status
        self.fields = [("cache-control", "no-store")] + fields
    }

    /// The `WWW-Authenticate` field that RFC 9110, section 15.5.2, demands with 401. Browsers do not know the scheme,
    /// so they ask for no password.
    static var challenge: (name: String, value: String) { ("www-authenticate", "Cookie realm=\"usher\"") }

    /// A redirect that the browser follows with GET.
    package static func redirect(_ status: Int = 303, to location: String) -> GateAnswer {
        GateAnswer(status, [("location", location)])
    }

    /// JSON of texts that need no escaping.
    package static func json(_ status: Int, _ text: String) -> GateAnswer {
        var answer = GateAnswer(status)
        answer.body = (text + "\n", "application/json")
        return answer
    }

    /// A page.
    package static func page(_ html: HTML, status: Int, headers: PageHeaders) -> GateAnswer {
        var answer = GateAnswer(status)
        answer.fields = headers.fields
        answer.body = (html.markup, "text/html; charset=utf-8")
        return answer
    }

    /// 503 while the gate cannot decide: nobody is let in, and nobody loses a cookie.
    package static var unavailable: GateAnswer {
        var answer = GateAnswer(503, [("retry-after", "2")])
        answer.body = ("Sessions cannot be checked right now.\n", "text/plain; charset=utf-8")
        return answer
    }

    /// Adds a `Set-Cookie` field.
    package mutating func set(cookie value: String) { fields.append(("set-cookie", value)) }
}
