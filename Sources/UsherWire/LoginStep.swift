package import UsherNames
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
    /// When that was, in Unix seconds.
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

/// What PAM asks, to be shown to the person.
package struct Challenge: Equatable, Sendable {
    /// A prompt. Control characters may be in its text: a terminal must not be given it as it stands.
    package struct Prompt: Equatable, Sendable {
        package var style: PromptStyle
        package var text: String

        package init(_ style: PromptStyle, _ text: String) {
            self.style = style
            self.text = text
        }
    }

    package let transaction: TransactionName
    package let purpose: LoginPurpose
    package let prompts: [Prompt]

    fileprivate init(_ result: Range<Int>, _ bytes: Span<UInt8>) throws(Refusal) {
        var members = try ObjectReader(result, bytes)
        var transaction: TransactionName?
        var purpose: LoginPurpose?
        var prompts: [Prompt] = []
        while let key = try members.next(bytes) {
            if try members.matches(key, "transaction", 0, bytes) {
                transaction = try members.reader.transaction(bytes)
            } else if try members.matches(key, "purpose", 1, bytes) {
                let name = try members.reader.text(bytes)
                purpose = LoginPurpose.allCases.first { name.equals($0.name, in: bytes) }
            } else if try members.matches(key, "prompts", 2, bytes) {
                prompts = try Prompt.list(&members.reader, bytes)
            }
        }
        guard members.hasAll(3), let transaction, let purpose else { throw .invalidParams }
        self.transaction = transaction
        self.purpose = purpose
        self.prompts = prompts
    }
}

extension Challenge.Prompt {
    /// An array of prompts, at most as many as a challenge may have.
    static func list(_ reader: inout JSONReader, _ bytes: Span<UInt8>) throws(Refusal) -> [Challenge.Prompt] {
        var prompts: [Challenge.Prompt] = []
        try reader.enterArray(bytes)
        while try reader.nextElement(bytes) { try prompts.append(Challenge.Prompt(&reader, bytes)) }
        guard prompts.count <= WireLimit.answers else { throw .invalidParams }
        return prompts
    }

    fileprivate init(_ reader: inout JSONReader, _ bytes: Span<UInt8>) throws(Refusal) {
        var members = Members()
        var style: PromptStyle?
        var text: String?
        try reader.enterObject(bytes)
        while let key = try reader.nextMember(bytes) {
            if try members.matches(key, "style", 0, bytes) {
                let name = try reader.text(bytes)
                style = PromptStyle.allCases.first { name.equals($0.name, in: bytes) }
            } else if try members.matches(key, "text", 1, bytes) {
                text = try reader.wholeText(bytes).string(in: bytes)
            }
        }
        guard let style, let text else { throw .invalidParams }
        self.init(style, text)
    }
}
