internal import UsherNames
package import UsherSecrets
internal import UsherWire

// `auth.*`: how each is written and read.
extension ConnectionDriver {
    /// How much longer than the daemon this side waits, so that the daemon's own answer arrives when time is up.
    private static let grace = Duration.seconds(2)

    /// `auth.start` of a person. `timeout` is for the whole login.
    package func start(
        user: String, password: consuming SecretBytes?, service: String?, context: [String: String], timeout: Duration
    ) throws(UsherError) -> Call<LoginStep> {
        try Self.requireName(user)
        let deadline = MonotonicInstant.now + timeout + Self.grace
        let members = Self.members(context)
        return try step(deadline, on: nil) { frame, id in
            frame.writeAuthStart(
                id: id, user: user, password: password, service: service, context: members, timeout: timeout)
        }
    }

    /// Throws unless `user` can be the name of a user in a request (PROTOCOL.md, Values).
    static func requireName(_ user: String) throws(UsherError) {
        var copy = user
        let isValid = copy.withUTF8 { unsafe UserName.isValid(Span(_unsafeElements: $0)) }
        guard isValid else { throw UsherError(.invalidArgument, detail: "this cannot be the name of a user") }
    }

    /// `auth.start` of a session's user, again.
    package func start(
        again token: Token, password: consuming SecretBytes?, context: [String: String], timeout: Duration
    ) throws(UsherError) -> Call<LoginStep> {
        let deadline = MonotonicInstant.now + timeout + Self.grace
        let members = Self.members(context)
        return try step(deadline, on: nil) { frame, id in
            token.withToken {
                frame.writeAuthStart(id: id, again: $0, password: password, context: members, timeout: timeout)
            }
        }
    }

    /// `auth.respond`.
    package func respond(to challenge: Challenge, with answers: borrowing Answers) throws(UsherError) -> Call<LoginStep>
    {
        try step(challenge.deadline, on: challenge.connection) { frame, id in
            frame.writeAuthRespond(id: id, transaction: challenge.transaction, answers: answers.list)
        }
    }

    private func step(
        _ deadline: MonotonicInstant, on connection: UInt64?, _ write: (inout FrameBuffer, Int64) -> FrameBuffer.Ending
    ) throws(UsherError) -> Call<LoginStep> {
        let rules = CallRules(
            repeatable: false, isPatient: true, deadline: deadline, connection: connection, compensation: .endLogin,
            isLarge: true)
        return try prepare(rules, write) { result, source throws(Refusal) in
            let step = try UsherWire.LoginStep(result.all, in: result)
            return LoginStep(step, connection: source.connection, deadline: deadline)
        }
    }

    /// `auth.cancel`.
    func cancel(_ transaction: TransactionName, on connection: UInt64) throws(UsherError) -> PendingCall {
        try prepareCall(CallRules(repeatable: false, connection: connection)) { frame, id in
            frame.writeAuthCancel(id: id, transaction: transaction)
        }
    }

    /// What undoes an answer that came too late; nil when there is nothing to undo.
    func undoing(_ compensation: PendingCall.Compensation, _ result: Span<UInt8>, on connection: UInt64) -> PendingCall?
    {
        if compensation == .endSession {
            guard let issued = try? TokenResult(result.all, in: result) else { return nil }
            return try? revokeUnseen(issued.token)
        }
        guard let step = try? UsherWire.LoginStep(result.all, in: result) else { return nil }
        switch consume step {
        case .challenge(let challenge): return try? cancel(challenge.transaction, on: connection)
        case .complete(let login): return try? revokeUnseen(login.token)
        }
    }

    private func revokeUnseen(_ token: borrowing SessionToken) throws(UsherError) -> PendingCall {
        try prepareCall(.idempotent) { frame, id in frame.writeRevoke(id: id, token: token) }
    }
}

extension LoginStep {
    fileprivate init(_ step: consuming UsherWire.LoginStep, connection: UInt64, deadline: MonotonicInstant) {
        switch consume step {
        case .complete(let login):
            self = .complete(
                Login(
                    token: Token(login.token), session: Session(login.session),
                    failuresSinceLast: Int(login.failuresSince),
                    lastLogin: login.lastLogin.map { UnixTime(seconds: $0) },
                    messages: login.messages.map(Challenge.Prompt.init)))
        case .challenge(let challenge):
            self = .challenge(
                Challenge(
                    purpose: challenge.purpose == .login ? .login : .passwordChange,
                    prompts: challenge.prompts.map(Challenge.Prompt.init), transaction: challenge.transaction,
                    connection: connection, deadline: deadline))
        }
    }
}

extension Challenge.Prompt {
    init(_ prompt: UsherWire.Challenge.Prompt) {
        text = prompt.text
        isCut = prompt.isCut
        style =
            switch prompt.style {
            case .secret: .secret
            case .visible: .visible
            case .info: .info
            case .error: .error
            }
    }
}

/// Counts the challenges of a login. The deadline bounds the time of a login; this count bounds a server whose
/// challenges want no answer and so take no time.
struct LoginRounds {
    /// Twice what usherd lets a PAM stack ask.
    static let most = 32

    private var count = 0

    /// Counts another challenge. Beyond ``most`` it cancels the login and throws `protocolViolation`.
    mutating func take(_ challenge: Challenge, _ driver: ConnectionDriver) throws(UsherError) {
        count += 1
        guard count > Self.most else { return }
        driver.cancelLogin(challenge)
        throw UsherError(.protocolViolation, detail: "the login asked more than \(Self.most) times")
    }
}

extension ConnectionDriver {
    /// Sends `auth.cancel` and does not wait for the answer.
    package func cancelLogin(_ challenge: Challenge) {
        if let call = try? cancel(challenge.transaction, on: challenge.connection) { post(call) }
    }

    /// Ends the login if `error` says that this side stopped waiting.
    package func giveUp(_ challenge: Challenge, after error: UsherError) {
        if error.code == .cancelled || error.code == .answerTimedOut { cancelLogin(challenge) }
    }
}
