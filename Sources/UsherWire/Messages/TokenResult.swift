package import UsherSecrets

/// The result of `session.create` and `session.rotate`, read by a client.
@frozen package struct TokenResult: ~Copyable {
    package let token: SessionToken
    package let session: SessionRecord

    package init(_ result: Range<Int>, in bytes: Span<UInt8>) throws(Refusal) {
        var members = try ObjectReader(result, bytes)
        var token: SessionToken?
        var session: SessionRecord?
        while let key = try members.next(bytes) {
            if try members.matches(key, "token", 0, bytes) {
                token = try members.reader.token(bytes)
            } else if try members.matches(key, "session", 1, bytes) {
                session = try SessionRecord(&members.reader, bytes)
            }
        }
        guard let token, let session else { throw .invalidParams }
        self.token = token
        self.session = session
    }
}

extension FrameBuffer {
    /// `{"token":…,"session":`: the result of `session.create` and `session.rotate`; write the session next, then
    /// `endObject`. The answer holds a token: wipe it once sent.
    package mutating func beginTokenResult(_ token: borrowing SessionToken) {
        beginObject()
        key("token")
        value(token)
        key("session")
    }
}
