import CLinux
import UsherClient
import UsherToolSupport
import UsherctlText

/// The steps of the tour, a line of at most 80 columns each. The first step with another answer than it must have ends
/// the tour with exit status 1.
final class Tour {
    /// A step had another answer than it must have.
    struct Surprise: Error {
        let answer: String
    }

    let client: UsherClient.Blocking
    let json: Bool
    private var number: Int64 = 0

    /// A tour of that client's daemon.
    init(client: UsherClient.Blocking, json: Bool) {
        self.client = client
        self.json = json
    }

    /// Walks through all steps with that account.
    func run(_ account: DevelopmentLogin) throws {
        try step("ask the daemon who it is") {
            let info = try client.hello()
            return ("\(info.server), protocol \(info.protocolVersion)", ())
        }
        let login = try step("log in through PAM") {
            let login = try client.login(
                user: account.user, password: account.copyPassword(), context: ["remote_ip": "192.0.2.7"],
                answering: account.answers)
            return ("session \(login.session.handle)", login)
        }
        try useSession(login)
        let rotated = try step("rotate the token") {
            let rotated = try client.rotate(login.token)
            try require(rotated.session.handle == login.session.handle, "another session came back")
            return ("a new token, the same session", rotated)
        }
        try step("validate the old token") { (try refused(login.token), ()) }
        try step("revoke the session") {
            try require(try client.revoke(rotated.token) == 1, "nothing was revoked")
            return ("revoked", ())
        }
        try step("validate the revoked token") { (try refused(rotated.token), ()) }
        try step("log in with a wrong password") { (try deniedLogin(account), ()) }
    }

    private func useSession(_ login: Login) throws {
        try step("validate the token") {
            guard let session = try client.validate(login.token) else { throw Surprise(answer: "not valid") }
            try require(session.handle == login.session.handle, "another session came back")
            return ("valid until \(session.expires)", ())
        }
        try step("keep data with the session") {
            let version = try client.update(login.token, changes: ["theme": "dark"])
            let data = try client.validate(login.token)?.data
            try require(data == ["theme": "dark"], "the data did not come back")
            return ("version \(version)", ())
        }
        try step("list the user's sessions") {
            let sessions = try client.sessions(of: .token(login.token))
            try require(sessions.contains { $0.handle == login.session.handle }, "the session is not among them")
            return ("\(sessions.count) found, this one among them", ())
        }
    }

    private func refused(_ token: Token) throws -> String {
        try require(try client.validate(token) == nil, "still valid")
        return "refused, as it must be"
    }

    private func deniedLogin(_ account: DevelopmentLogin) throws -> String {
        do {
            let login = try client.login(
                user: account.user, password: Secret("not the password"), answering: account.answers)
            throw Surprise(answer: "session \(login.session.handle) began")
        } catch let error as UsherError {
            try require(error.code == .denied, error.debugDescription)
            return "refused, as late as every refusal"
        }
    }

    private func require(_ holds: Bool, _ otherwise: String) throws {
        if !holds { throw Surprise(answer: otherwise) }
    }

    /// Runs a step and shows its answer and its time.
    @discardableResult
    private func step<R>(_ name: String, _ body: () throws -> (String, R)) throws -> R {
        number += 1
        let start = ContinuousClock.now
        do {
            let (answer, value) = try body()
            show(name, answer, ContinuousClock.now - start, isRight: true)
            return value
        } catch let surprise as Surprise {
            show(name, surprise.answer, ContinuousClock.now - start, isRight: false)
            throw ExitStatus.refused
        } catch let error as UsherError {
            show(name, error.debugDescription, ContinuousClock.now - start, isRight: false)
            throw ExitStatus(error) == .unanswered ? ExitStatus.unanswered : .refused
        }
    }

    private func show(_ name: String, _ answer: String, _ time: Duration, isRight: Bool) {
        let microseconds = Int64(time / .microseconds(1))
        if json {
            return printJSON(
                .object([
                    ("step", .number(number)), ("name", .text(name)), ("answer", .text(answer)),
                    ("microseconds", .number(microseconds)), ("right", .flag(isRight)),
                ]))
        }
        let milliseconds = "\(microseconds / 1000).\(microseconds / 100 % 10) ms"
        let columns = [
            padded("\(number).", to: 4), padded(name, to: 30), padded(milliseconds, to: 11), sanitized(answer),
        ]
        printLine(columns.joined() + (isRight ? "" : "  <- not as it must be"))
    }
}
