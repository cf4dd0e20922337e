package import UsherNames
package import UsherSecrets

/// Steps of a login, new tokens, and pages of sessions.
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

    /// Ends it. `failuresSince`: refused logins of the user since the last success, which was at `lastLogin` (Unix
    /// seconds; nil: none known).
    package mutating func endCompleteStep(failuresSince: Int64, lastLogin: Int64?) {
        key("failures_since")
        value(failuresSince)
        key("last_login")
        if let lastLogin { value(lastLogin) } else { null() }
        endObject()
    }

    /// Starts `{"state":"challenge",…}`: write prompts next, then `endChallengeStep`.
    package mutating func beginChallengeStep(_ transaction: TransactionName, purpose: LoginPurpose) {
        beginObject()
        key("state")
        value("challenge" as StaticString)
        key("transaction")
        value(transaction)
        key("purpose")
        value(purpose.name)
        key("prompts")
        beginArray()
    }

    /// A prompt. Text that is not UTF-8 is mended with U+FFFD.
    package mutating func prompt(_ style: PromptStyle, text: Span<UInt8>) {
        beginObject()
        key("style")
        value(style.name)
        key("text")
        value(text)
        endObject()
    }

    /// `"messages":[…]`, a member of a complete step or of a refusal's data: `body` writes prompts that want no answer.
    /// Left out where the frame has no room for it beside a token and the session's data.
    package mutating func messages(_ body: (inout FrameBuffer) -> Void) {
        let before = mark
        key("messages")
        beginArray()
        body(&self)
        endArray()
        if !fits(WireLimit.stepTail) { rollBack(to: before) }
    }

    /// Ends the challenge.
    package mutating func endChallengeStep() {
        endArray()
        endObject()
    }

    /// `{"token":…,"session":`: the result of `session.create` and `session.rotate`; write the session next, then
    /// `endObject`. The answer holds a token: wipe it once sent.
    package mutating func beginTokenResult(_ token: borrowing SessionToken) {
        beginObject()
        key("token")
        value(token)
        key("session")
    }

    /// `{"sessions":[`: write sessions with `addToPage`, then `endPage`.
    package mutating func beginPage() {
        beginObject()
        key("sessions")
        beginArray()
    }

    /// Adds a session, written by `body` (one `session(…, data: nil)`); false, and nothing is added, when the page is
    /// full: end it with a cursor that names this session. Room for `endPage` is always kept.
    package mutating func addToPage(_ body: (inout FrameBuffer) -> Void) -> Bool {
        let before = mark
        comma()
        body(&self)
        if fits(WireLimit.listTail) { return true }
        rollBack(to: before)
        return false
    }

    /// Ends the page; `next` (up to `WireLimit.name` bytes) says where the next one starts, nil that there is none.
    package mutating func endPage(next: Span<UInt8>?) {
        endArray()
        if let next {
            key("next")
            value(next)
        }
        endObject()
    }
}
