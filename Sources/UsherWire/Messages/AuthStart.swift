internal import UsherNames
package import UsherSecrets

// A type with a member that cannot be copied is `@frozen`: another module may move such a member out only then (`let
// password = params.password`).

/// `auth.start`. It holds the password: let it end as soon as it was handed on.
@frozen package struct AuthStartParams: ~Copyable {
    /// Who logs in.
    @frozen package enum Who: ~Copyable {
        /// A person, by the name as typed.
        case user(JSONText)
        /// The user of the session with this token, who authenticates again.
        case token(SessionToken)
    }

    package let who: Who
    /// The answer to the first secret prompt.
    package let password: SecretBytes?
    /// With a user: the service, or nil for the first that the peer may use. With a token: always nil; the session's
    /// own service is used.
    package let service: JSONText?
    /// Nil: none.
    package let context: SessionContext?
    /// For the whole transaction, above zero; nil: the service's.
    package let timeout: Duration?

    package init(_ request: Request, in bytes: Span<UInt8>) throws(Refusal) {
        var members = try ObjectReader(request, bytes)
        var user: JSONText?
        var token: SessionToken?
        var password: SecretBytes?
        var service: JSONText?
        var context: SessionContext?
        var timeout: Duration?
        while let key = try members.next(bytes) {
            if try members.matches(key, "user", 0, bytes) {
                user = try members.reader.userName(bytes)
            } else if try members.matches(key, "token", 1, bytes) {
                token = try members.reader.token(bytes)
            } else if try members.matches(key, "password", 2, bytes) {
                password = try members.reader.secret(bytes)
            } else if try members.matches(key, "service", 3, bytes) {
                service = try members.reader.name(bytes)
            } else if try members.matches(key, "context", 4, bytes) {
                context = try SessionContext(&members.reader, bytes)
            } else if try members.matches(key, "timeout_ms", 5, bytes) {
                timeout = try .milliseconds(members.reader.integer(bytes, in: 1...WireLimit.integer))
            }
        }
        who = try Who(token, user, service)
        self.password = password
        self.service = service
        self.context = context
        self.timeout = timeout
    }
}

extension AuthStartParams.Who {
    /// Throws unless there is exactly one of token and user, and no service beside a token.
    fileprivate init(
        _ token: consuming SessionToken?, _ user: JSONText?, _ service: JSONText?
    ) throws(Refusal) {
        if let token = consume token {
            guard user == nil, service == nil else { throw .invalidParams }
            self = .token(token)
        } else {
            guard let user else { throw .invalidParams }
            self = .user(user)
        }
    }
}

extension AuthStartParams {
    /// The password, to be handed on. Ends the life of the other members.
    package consuming func takePassword() -> SecretBytes? { password }
}

extension FrameBuffer {
    /// `auth.start` of a person.
    package mutating func writeAuthStart(
        id: Int64, user: String, password: borrowing SecretBytes?, service: String? = nil,
        context: [(name: String, value: String)] = [], timeout: Duration? = nil
    ) -> Ending {
        beginRequest(.authStart, id: id)
        key("user")
        value(user)
        member("password", password)
        member("service", service)
        member(context)
        member(timeout)
        return endRequest()
    }

    /// `auth.start` of a session's user, again.
    package mutating func writeAuthStart(
        id: Int64, again token: borrowing SessionToken, password: borrowing SecretBytes?,
        context: [(name: String, value: String)] = [], timeout: Duration? = nil
    ) -> Ending {
        beginRequest(.authStart, id: id)
        member(token)
        member("password", password)
        member(context)
        member(timeout)
        return endRequest()
    }
}
