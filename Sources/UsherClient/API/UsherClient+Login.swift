// Logins: for tasks, then for threads that may block.
extension UsherClient {
    /// Logs a user in through the host's PAM.
    ///
    /// No step that the daemon may have received is sent again. Cancelling the task, or letting its time pass, ends the
    /// login in the daemon too; a session that the login made all the same is revoked.
    ///
    /// - Parameters:
    ///   - user: The name as typed; the session has the canonical one. A name that no user can have (empty, longer than
    ///     256 bytes, with `/` or control characters) fails as ``UsherError/Code/invalidArgument``.
    ///   - password: The answer to the first question that must not be seen; it is zeroed once sent. With nil,
    ///     `answering` is asked for it too.
    ///   - service: A service of the daemon's configuration; nil for the first that this process may use.
    ///   - context: What to remember about the login, for example `["remote_ip": "192.0.2.7"]`.
    ///   - timeout: How long all of it may take; nil for the configuration's `loginDeadline`.
    ///   - answering: Gives the answers to further questions (a one-time code, a new password), or nil to give up: the
    ///     login then fails as `cancelled`. Without it the first question that wants an answer ends the login so.
    public func login(
        user: String, password: consuming Secret?, service: String? = nil, context: [String: String] = [:],
        timeout: Duration? = nil, answering: (Challenge) async -> Answers? = { $0.answersToNothing }
    ) async throws(UsherError) -> Login {
        let step = try await startLogin(
            user: user, password: password, service: service, context: context, timeout: timeout)
        return try await finish(step, answering)
    }

    /// Lets the user of a session prove again who they are. On success the session keeps its handle and gets a new
    /// token; the old one is void. Parameters as for ``login(user:password:service:context:timeout:answering:)``.
    public func reauthenticate(
        _ token: Token, password: consuming Secret?, context: [String: String] = [:], timeout: Duration? = nil,
        answering: (Challenge) async -> Answers? = { $0.answersToNothing }
    ) async throws(UsherError) -> Login {
        let step = try await startReauthentication(token, password: password, context: context, timeout: timeout)
        return try await finish(step, answering)
    }

    private func finish(
        _ first: LoginStep, _ answering: (Challenge) async -> Answers?
    ) async throws(UsherError) -> Login {
        var step = first
        var rounds = LoginRounds()
        while true {
            switch step {
            case .complete(let login): return login
            case .challenge(let challenge):
                try rounds.take(challenge, driver)
                guard let answers = await answering(challenge) else {
                    cancelLogin(challenge)
                    throw UsherError(.cancelled, detail: "a question was not answered")
                }
                step = try await respond(to: challenge, with: answers)
            }
        }
    }

    /// The first step of a login, for tools that ask the questions of a challenge elsewhere, for example on a web page.
    public func startLogin(
        user: String, password: consuming Secret?, service: String? = nil, context: [String: String] = [:],
        timeout: Duration? = nil
    ) async throws(UsherError) -> LoginStep {
        let start = try driver.start(
            user: user, password: password.released(), service: service, context: context,
            timeout: timeout ?? configuration.loginDeadline)
        return try await start.answer()
    }

    /// The first step of a re-authentication.
    public func startReauthentication(
        _ token: Token, password: consuming Secret?, context: [String: String] = [:], timeout: Duration? = nil
    ) async throws(UsherError) -> LoginStep {
        let start = try driver.start(
            again: token, password: password.released(), context: context,
            timeout: timeout ?? configuration.loginDeadline)
        return try await start.answer()
    }

    /// A further step: answers the challenge. A login lives on the connection on which it began, and ends with it.
    public func respond(
        to challenge: Challenge, with answers: consuming Answers
    ) async throws(UsherError) -> LoginStep {
        let respond = try driver.respond(to: challenge, with: answers)
        do {
            return try await respond.answer()
        } catch {
            driver.giveUp(challenge, after: error)
            throw error
        }
    }

    /// Ends a login that is waiting for answers. Does not wait for the daemon.
    public func cancelLogin(_ challenge: Challenge) { driver.cancelLogin(challenge) }
}

extension UsherClient.Blocking {
    /// Blocks; otherwise as ``UsherClient/login(user:password:service:context:timeout:answering:)``.
    public func login(
        user: String, password: consuming Secret?, service: String? = nil, context: [String: String] = [:],
        timeout: Duration? = nil, answering: (Challenge) -> Answers? = { $0.answersToNothing }
    ) throws(UsherError) -> Login {
        let step = try startLogin(
            user: user, password: password, service: service, context: context, timeout: timeout)
        return try finish(step, answering)
    }

    /// Blocks; otherwise as ``UsherClient/reauthenticate(_:password:context:timeout:answering:)``.
    public func reauthenticate(
        _ token: Token, password: consuming Secret?, context: [String: String] = [:], timeout: Duration? = nil,
        answering: (Challenge) -> Answers? = { $0.answersToNothing }
    ) throws(UsherError) -> Login {
        let step = try startReauthentication(token, password: password, context: context, timeout: timeout)
        return try finish(step, answering)
    }

    private func finish(
        _ first: LoginStep, _ answering: (Challenge) -> Answers?
    ) throws(UsherError) -> Login {
        var step = first
        var rounds = LoginRounds()
        while true {
            switch step {
            case .complete(let login): return login
            case .challenge(let challenge):
                try rounds.take(challenge, driver)
                guard let answers = answering(challenge) else {
                    cancelLogin(challenge)
                    throw UsherError(.cancelled, detail: "a question was not answered")
                }
                step = try respond(to: challenge, with: answers)
            }
        }
    }

    /// Blocks; otherwise as ``UsherClient/startLogin(user:password:service:context:timeout:)``.
    public func startLogin(
        user: String, password: consuming Secret?, service: String? = nil, context: [String: String] = [:],
        timeout: Duration? = nil
    ) throws(UsherError) -> LoginStep {
        let start = try driver.start(
            user: user, password: password.released(), service: service, context: context,
            timeout: timeout ?? client.configuration.loginDeadline)
        return try start.wait()
    }

    /// Blocks; otherwise as ``UsherClient/startReauthentication(_:password:context:timeout:)``.
    public func startReauthentication(
        _ token: Token, password: consuming Secret?, context: [String: String] = [:], timeout: Duration? = nil
    ) throws(UsherError) -> LoginStep {
        let start = try driver.start(
            again: token, password: password.released(), context: context,
            timeout: timeout ?? client.configuration.loginDeadline)
        return try start.wait()
    }

    /// Blocks; otherwise as ``UsherClient/respond(to:with:)``.
    public func respond(
        to challenge: Challenge, with answers: consuming Answers
    ) throws(UsherError) -> LoginStep {
        let respond = try driver.respond(to: challenge, with: answers)
        do {
            return try respond.wait()
        } catch {
            driver.giveUp(challenge, after: error)
            throw error
        }
    }

    /// As ``UsherClient/cancelLogin(_:)``.
    public func cancelLogin(_ challenge: Challenge) { driver.cancelLogin(challenge) }
}

extension Challenge {
    /// No answers where none are wanted; else nil.
    @usableFromInline var answersToNothing: Answers? { prompts.contains(where: \.wantsAnswer) ? nil : Answers() }
}
