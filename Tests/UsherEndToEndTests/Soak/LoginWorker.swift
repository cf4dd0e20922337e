import UsherTestKit

/// One thread's work: people who log in with the right password and with a wrong one, leave logins, and end all their
/// sessions at once.
struct LoginWorker {
    /// What became of a login.
    private enum Step {
        case session(KnownSession)
        case asked(String)
        case refused(String)
    }

    /// Sessions of one user before all of them are ended.
    private static var greatestOwn: Int { 12 }

    private let users: [String]
    private let password: String
    private let client: RawClient
    private let scene: CrashScene
    private let trouble: Trouble
    /// Of each user: the sessions that are known, and how many may be there besides, since an answer was lost.
    private var own: [String: (sessions: [KnownSession], lost: Int)] = [:]
    private var steps = 0

    /// Works for `users`, who all have this `password`.
    init(_ users: [String], password: String, directory: String, scene: CrashScene, trouble: Trouble) {
        (self.users, self.password, self.scene, self.trouble) = (users, password, scene, trouble)
        client = RawClient(directory: directory, patience: .seconds(90))
    }

    /// Works until the scene is over, or something fails.
    mutating func work() {
        do {
            while !scene.isOver.load(ordering: .relaxed) { try step() }
        } catch {
            scene.fail("logins of \(users[0]): \(error)")
        }
    }

    private mutating func step() throws {
        steps += 1
        if steps % 20 == 0 { client.disconnect() }
        guard let user = users.randomElement() else { return }
        if own[user, default: ([], 0)].sessions.count >= Self.greatestOwn { return try revokeAll(of: user) }
        switch Int.random(in: 0..<100) {
        case 0..<60: try login(user)
        case 60..<75: try leave(user)
        case 75..<85: try guess(user)
        default: try revokeAll(of: user)
        }
    }

    // MARK: Logins

    private func ask(_ method: String, _ params: JSONValue) throws -> Outcome<Step> {
        try client.call(method, params) { answer in
            if let reason = answer.reason { return .refused(reason) }
            if answer["state"] == "challenge" { return answer["transaction"]?.text.map { .asked($0) } }
            return client.issued(answer, asked: 0).map { .session($0) }
        }
    }

    private func start(_ user: String, _ more: [String: JSONValue]) throws -> Outcome<Step> {
        let context: JSONValue = ["remote_ip": .text("192.0.2.\(users.count)")]
        return try ask("auth.start", .object(["user": .text(user), "context": context].merging(more) { $1 }))
    }

    /// With the password at once, or as the answer to the question for it.
    private mutating func login(_ user: String) throws {
        let before = trouble.count
        var outcome: Outcome<Step>
        if Bool.random() {
            outcome = try start(user, ["password": .text(password)])
        } else {
            outcome = try start(user, [:])
            if case .answered(.asked(let name)) = outcome {
                outcome = try ask("auth.respond", ["transaction": .text(name), "answers": [.text(password)]])
            }
        }
        switch outcome {
        case .answered(.session(let session)): begin(session, of: user)
        case .answered(.refused(let reason)): try judge(reason, since: before)
        case .answered(.asked): scene.fail("\(user) was asked twice")
        case .noSuchSession: scene.fail("\(user) cannot log in: no_such_session")
        case .lost:
            own[user, default: ([], 0)].lost += 1
            scene.count(\.lost)
        }
    }

    private mutating func begin(_ session: KnownSession, of user: String) {
        if session.made.user != user { scene.fail("\(user) got a session of \(session.made.user)") }
        own[user, default: ([], 0)].sessions.append(session)
        scene.add(session)
        scene.count(\.loggedIn)
    }

    /// The right password is refused only while something is wrong with broker or worker.
    private func judge(_ reason: String, since before: Int) throws {
        switch reason {
        case "unavailable", "timeout", "busy", "rate_limited": break
        // A worker that may open nothing cannot read the users.
        case "denied" where trouble.count != before || trouble.isThere: break
        case "no_such_transaction" where trouble.count != before || trouble.isThere: break
        default: scene.fail("the right password was refused: \(reason)")
        }
    }

    /// Wrong, and near to what is right.
    private mutating func guess(_ user: String) throws {
        let wrong = [String(password.dropLast()), password + "x", "", password.uppercased()].randomElement() ?? ""
        guard case .answered(let step) = try start(user, ["password": .text(wrong)]) else {
            return scene.count(\.lost)
        }
        if case .session = step { return scene.fail("a wrong password let \(user) in") }
        scene.count(\.refused)
    }

    /// Begins a login and goes away, or cancels it.
    private mutating func leave(_ user: String) throws {
        guard case .answered(.asked(let name)) = try start(user, ["timeout_ms": 5000]) else { return }
        if Bool.random() {
            client.disconnect()
        } else {
            let cancel: JSONValue = ["transaction": .text(name)]
            guard case .answered = try client.call("auth.cancel", cancel, { $0 }) else { return }
        }
        scene.count(\.left)
    }

    // MARK: Ends

    private mutating func revokeAll(of user: String) throws {
        let (sessions, unknown) = own[user, default: ([], 0)]
        let before = sessions.map(\.knowledge)
        for session in sessions { session.beginEnding() }
        let outcome = try client.call("session.revoke_all", ["user": .text(user)]) { $0["revoked"]?.integer }
        var isAnswered = false
        if case .answered(let count) = outcome {
            isAnswered = true
            let (least, most) = (before.count { $0.fate == .alive }, sessions.count + unknown)
            if count < least || count > most { scene.fail("\(user): \(count) sessions ended, not \(least) to \(most)") }
            own[user] = ([], 0)
            scene.count(\.revokedAll)
        }
        for session in sessions { session.endEnding(isAnswered: isAnswered) }
        if !isAnswered { try settle(user) }
    }

    /// Finds out what became of the sessions of a user when the answer to their end was lost: each ended, or did not.
    private mutating func settle(_ user: String) throws {
        scene.count(\.lost)
        let sessions = own[user, default: ([], 0)].sessions
        for session in sessions { while !(try scene.check(session, client)) {} }
        own[user, default: ([], 0)].sessions = sessions.filter { $0.knowledge.fate != .over }
    }
}
