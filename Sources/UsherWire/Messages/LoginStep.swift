package import UsherSecrets

/// The result of `auth.start` and `auth.respond`.
@frozen package enum LoginStep: ~Copyable {
    /// Logged in.
    case complete(CompletedLogin)
    /// PAM asks.
    case challenge(Challenge)

    package init(_ result: Range<Int>, in bytes: Span<UInt8>) throws(Refusal) {
        var state: JSONText?
        var members = try ObjectReader(result, bytes)
        while let key = try members.next(bytes) {
            if try members.matches(key, "state", 0, bytes) {
                state = try members.reader.text(bytes)
            }
        }
        if let state, state.equals("complete", in: bytes) {
            self = try .complete(CompletedLogin(result, bytes))
        } else if let state, state.equals("challenge", in: bytes) {
            self = try .challenge(Challenge(result, bytes))
        } else {
            throw .invalidParams
        }
    }
}

/// A finished login.
@frozen package struct CompletedLogin: ~Copyable {
    package let token: SessionToken
    package let session: SessionRecord
    /// Refused logins of the user since the last success.
    package let failuresSince: Int64
    /// When the last success was, in Unix seconds; nil if none is known.
    package let lastLogin: Int64?
    /// What PAM still has to say to the person, mostly nothing.
    package let messages: [Challenge.Prompt]

    fileprivate init(_ result: Range<Int>, _ bytes: Span<UInt8>) throws(Refusal) {
        var members = try ObjectReader(result, bytes)
        var token: SessionToken?
        var session: SessionRecord?
        var (failuresSince, lastLogin): (Int64, Int64?) = (0, nil)
        var messages: [Challenge.Prompt] = []
        while let key = try members.next(bytes) {
            if try members.matches(key, "token", 0, bytes) {
                token = try members.reader.token(bytes)
            } else if try members.matches(key, "session", 1, bytes) {
                session = try SessionRecord(&members.reader, bytes)
            } else if try members.matches(key, "failures_since", 2, bytes) {
                failuresSince = try members.reader.integer(bytes, in: 0...WireLimit.integer)
            } else if try members.matches(key, "last_login", 3, bytes) {
                lastLogin = try members.reader.null(bytes) ? nil : members.reader.integer(bytes)
            } else if try members.matches(key, "messages", 4, bytes) {
                messages = try Challenge.Prompt.list(&members.reader, bytes)
            }
        }
        guard members.hasAll(4), let token, let session else { throw .invalidParams }
        self.token = token
        self.session = session
        self.failuresSince = failuresSince
        self.lastLogin = lastLogin
        self.messages = messages
    }
}

/// The complete step.
extension FrameBuffer {
    /// `{"state":"complete","token":…,"session":`: write the session next, then `endCompleteStep`. The answer holds a
    /// token: wipe it once sent.
    package mutating func beginCompleteStep(token: borrowing SessionToken) {
        beginObject()
        key("state")
        value("complete" as StaticString)
        key("token")
        value(token)
        key("session")
    }

    /// Ends the step. `failuresSince` counts the refused logins of the user since the last success. `lastLogin` is when
    /// that was, in Unix seconds; nil if none is known.
    package mutating func endCompleteStep(failuresSince: Int64, lastLogin: Int64?) {
        key("failures_since")
        value(failuresSince)
        key("last_login")
        if let lastLogin { value(lastLogin) } else { null() }
        endObject()
    }

    /// `"messages":[…]`, a member of a complete step or of a refusal's data: `body` writes prompts that want no answer.
    /// Without room for it beside a token and the session's data, nothing is written.
    package mutating func messages(_ body: (inout FrameBuffer) -> Void) {
        let before = mark
        key("messages")
        beginArray()
        body(&self)
        endArray()
        if !fits(WireLimit.stepTail) { rollBack(to: before) }
    }
}
