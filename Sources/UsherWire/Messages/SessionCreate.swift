/// `session.create`.
package struct CreateParams: Sendable {
    /// For whom.
    package let user: JSONText
    /// Nil: the first that the peer may use.
    package let service: JSONText?
    /// How the user was authenticated.
    package let methods: [String]
    /// Nil: none.
    package let context: SessionContext?

    package init(_ request: Request, in bytes: Span<UInt8>) throws(Refusal) {
        var members = try ObjectReader(request, bytes)
        var user: JSONText?
        var service: JSONText?
        var methods: [String]?
        var context: SessionContext?
        while let key = try members.next(bytes) {
            if try members.matches(key, "user", 0, bytes) {
                user = try members.reader.userName(bytes)
            } else if try members.matches(key, "service", 1, bytes) {
                service = try members.reader.name(bytes)
            } else if try members.matches(key, "methods", 2, bytes) {
                methods = try members.reader.methodNames(bytes)
            } else if try members.matches(key, "context", 3, bytes) {
                context = try SessionContext(&members.reader, bytes)
            }
        }
        guard let user, let methods else { throw .invalidParams }
        self.user = user
        self.service = service
        self.methods = methods
        self.context = context
    }
}

extension FrameBuffer {
    /// `session.create`.
    package mutating func writeCreate(
        id: Int64, user: String, service: String? = nil, methods: [String],
        context: [(name: String, value: String)] = []
    ) -> Ending {
        beginRequest(.create, id: id)
        key("user")
        value(user)
        member("service", service)
        key("methods")
        strings(methods)
        member(context)
        return endRequest()
    }
}
