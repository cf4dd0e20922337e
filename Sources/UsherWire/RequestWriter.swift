package import UsherNames
package import UsherSecrets

// Requests of a client, each a whole frame. Secrets go from their zeroed memory straight into the buffer; wipe it once
// such a frame was sent. Ids are integers that the client counts.

extension FrameBuffer {
    /// Starts a request; write the members of `params` next, then `endRequest`.
    @inline(__always)
    package mutating func beginRequest(_ method: Method, id: Int64) {
        beginFrame()
        literal("{\"jsonrpc\":\"2.0\",\"id\":", needsComma: false)
        value(id)
        key("method")
        value(method.name)
        key("params")
        beginObject()
    }

    /// Ends the request.
    @inline(__always)
    package mutating func endRequest() -> Ending {
        endObject()
        return endAnswer()
    }

    /// A request without parameters: `server.ping`, `server.stats`, `board.attach`.
    package mutating func writeRequest(_ method: Method, id: Int64) -> Ending {
        beginRequest(method, id: id)
        return endRequest()
    }

    /// `server.hello`.
    package mutating func writeHello(id: Int64, client: String, version: String) -> Ending {
        beginRequest(.hello, id: id)
        key("client")
        value(client)
        key("version")
        value(version)
        return endRequest()
    }

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

    /// `auth.respond`.
    package mutating func writeAuthRespond(
        id: Int64, transaction: TransactionName, answers: borrowing SecretList
    ) -> Ending {
        beginRequest(.authRespond, id: id)
        key("transaction")
        value(transaction)
        key("answers")
        beginArray()
        for index in 0..<answers.count { answers.withBytes(at: index) { value($0) } }
        endArray()
        return endRequest()
    }

    /// `auth.cancel`.
    package mutating func writeAuthCancel(id: Int64, transaction: TransactionName) -> Ending {
        beginRequest(.authCancel, id: id)
        key("transaction")
        value(transaction)
        return endRequest()
    }

    /// `session.validate`.
    @inline(__always)
    package mutating func writeValidate(
        id: Int64, token: borrowing SessionToken, touches: Bool = true
    ) -> Ending {
        beginRequest(.validate, id: id)
        member(token)
        if !touches {
            key("touch")
            value(false)
        }
        return endRequest()
    }

    /// Starts `session.touch`: write up to 1,000 tokens with `value`, then `endTouch`.
    package mutating func beginTouch(id: Int64) {
        beginRequest(.touch, id: id)
        key("tokens")
        beginArray()
    }

    /// Ends `session.touch`.
    package mutating func endTouch() -> Ending {
        endArray()
        return endRequest()
    }

    /// `session.rotate`.
    package mutating func writeRotate(id: Int64, token: borrowing SessionToken) -> Ending {
        beginRequest(.rotate, id: id)
        member(token)
        return endRequest()
    }

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

    /// `session.update`. A nil value removes the key.
    package mutating func writeUpdate(
        id: Int64, token: borrowing SessionToken, data: [(key: String, value: String?)], ifVersion: Int64? = nil
    ) -> Ending {
        beginRequest(.update, id: id)
        member(token)
        key("data")
        beginObject()
        for entry in data {
            value(entry.key)
            colon()
            if let text = entry.value { value(text) } else { null() }
        }
        endObject()
        if let ifVersion {
            key("if_version")
            value(ifVersion)
        }
        return endRequest()
    }

    /// `session.list` of the token's user.
    package mutating func writeList(id: Int64, token: borrowing SessionToken, cursor: String? = nil) -> Ending {
        beginRequest(.list, id: id)
        member(token)
        member("cursor", cursor)
        return endRequest()
    }

    /// `session.list` of a user, for admins.
    package mutating func writeList(id: Int64, user: String, cursor: String? = nil) -> Ending {
        beginRequest(.list, id: id)
        member("user", user)
        member("cursor", cursor)
        return endRequest()
    }

    /// `session.revoke` of the token's own session, or of another `handle` of its user.
    package mutating func writeRevoke(
        id: Int64, token: borrowing SessionToken, handle: SessionHandle? = nil
    ) -> Ending {
        beginRequest(.revoke, id: id)
        member(token)
        member("handle", handle)
        return endRequest()
    }

    /// `session.revoke` of any session, for admins.
    package mutating func writeRevoke(id: Int64, handle: SessionHandle) -> Ending {
        beginRequest(.revoke, id: id)
        member("handle", handle)
        return endRequest()
    }

    /// `session.revoke_all` of the token's user.
    package mutating func writeRevokeAll(
        id: Int64, token: borrowing SessionToken, except: SessionHandle? = nil
    ) -> Ending {
        beginRequest(.revokeAll, id: id)
        member(token)
        member("except", except)
        return endRequest()
    }

    /// `session.revoke_all` of a user, for admins.
    package mutating func writeRevokeAll(id: Int64, user: String, except: SessionHandle? = nil) -> Ending {
        beginRequest(.revokeAll, id: id)
        member("user", user)
        member("except", except)
        return endRequest()
    }

    /// `events.subscribe`.
    package mutating func writeSubscribe(id: Int64, kinds: EventKinds = .all, user: String? = nil) -> Ending {
        beginRequest(.subscribe, id: id)
        if kinds != .all {
            key("kinds")
            beginArray()
            for kind in EventKind.allCases where kinds.contains(EventKinds(kind)) { value(kind.name) }
            endArray()
        }
        member("user", user)
        return endRequest()
    }

    /// `limiter.list` or `limiter.clear`.
    package mutating func writeLimiter(_ method: Method, id: Int64, user: String? = nil) -> Ending {
        beginRequest(method, id: id)
        member("user", user)
        return endRequest()
    }
}

extension FrameBuffer {
    @inline(__always)
    private mutating func member(_ token: borrowing SessionToken) {
        key("token")
        value(token)
    }

    private mutating func member(_ name: StaticString, _ text: String?) {
        guard let text else { return }
        key(name)
        value(text)
    }

    private mutating func member(_ name: StaticString, _ secret: borrowing SecretBytes?) {
        switch secret {
        case .some(let secret):
            key(name)
            secret.withBytes { value($0) }
        case .none: break
        }
    }

    private mutating func member(_ name: StaticString, _ handle: SessionHandle?) {
        guard let handle else { return }
        key(name)
        value(handle)
    }

    private mutating func member(_ context: [(name: String, value: String)]) {
        guard !context.isEmpty else { return }
        key("context")
        beginObject()
        for member in context {
            value(member.name)
            colon()
            value(member.value)
        }
        endObject()
    }

    private mutating func member(_ timeout: Duration?) {
        guard let timeout else { return }
        key("timeout_ms")
        value(max(1, Self.milliseconds(timeout)))
    }
}
