/// One request of the doctor to a proxy, and what its answer means.
package struct ProxyProbe: Sendable {
    /// The statement that the probe proves if `fault` is nil.
    package let claim: String
    /// The address to ask for, by GET and without following redirects.
    package let address: String
    /// Fields of the request.
    package let fields: [(name: String, value: String)]
    /// The fault that an answer shows, and its remedy; nil for a good answer.
    package let fault: @Sendable (ProxyAnswer) -> String?
}

/// What a proxy answered to the doctor.
package struct ProxyAnswer: Sendable {
    /// Why no answer came, in the words of the asking program; nil for an answer.
    package var failure: String?
    /// The status code.
    package var status: Int
    /// `Location`.
    package var location: String
    /// The first `Set-Cookie`.
    package var cookie: String
    /// `Content-Security-Policy`.
    package var securityPolicy: String

    /// An answer without these fields.
    package init(_ status: Int, location: String = "", cookie: String = "", securityPolicy: String = "") {
        self.status = status
        self.location = location
        self.cookie = cookie
        self.securityPolicy = securityPolicy
    }

    /// No answer.
    package init(failure: String) {
        self.init(0)
        self.failure = failure
    }
}
