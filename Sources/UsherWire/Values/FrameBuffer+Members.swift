internal import UsherNames
internal import UsherSecrets

/// Members of `params` that several requests have. A nil value writes no member.
extension FrameBuffer {
    @inline(__always)
    mutating func member(_ token: borrowing SessionToken) {
        key("token")
        value(token)
    }

    mutating func member(_ name: StaticString, _ text: String?) {
        guard let text else { return }
        key(name)
        value(text)
    }

    /// Everybody, or everybody of a realm.
    mutating func memberAll(_ realm: String?) {
        key("all")
        value(true)
        member("realm", realm)
    }

    mutating func member(_ name: StaticString, _ secret: borrowing SecretBytes?) {
        switch secret {
        case .some(let secret):
            key(name)
            secret.withBytes { value($0) }
        case .none: break
        }
    }

    mutating func member(_ name: StaticString, _ handle: SessionHandle?) {
        guard let handle else { return }
        key(name)
        value(handle)
    }

    mutating func member(_ context: [(name: String, value: String)]) {
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

    mutating func member(_ timeout: Duration?) {
        guard let timeout else { return }
        key("timeout_ms")
        value(max(1, Self.milliseconds(timeout)))
    }

    /// An array of strings.
    package mutating func strings(_ texts: [String]) {
        beginArray()
        for text in texts { value(text) }
        endArray()
    }
}
