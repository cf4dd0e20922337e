import Testing
import UsherLogin
import UsherSecrets

@Suite("End of a login")
struct LoginEndTests {
    // MARK: Cancel, close, revoke

    @Test("a cancel answers the pending request and ends the worker")
    func cancel() throws {
        var bench = try LoginBench.begun(LoginBench.start(password: false))
        #expect(
            try bench.table.cancelled(LoginBench.id, connection: LoginBench.connection, now: bench.now)
                == .refusal(.cancelled, worker: .cancel))
        #expect(bench.table.count == 0)
        #expect(bench.succeeded() == .none)
        #expect(throws: LoginTable.Misfit.noSuchTransaction) { try bench.answered(1) }
    }

    @Test("a cancel after a guess counts as a failure, whichever request brought it", arguments: [true, false])
    func cancelAfterGuess(_ brought: Bool) throws {
        var bench = try LoginBench.begun(LoginBench.start(password: brought))
        if !brought {
            _ = bench.asked([.password])
            _ = try bench.answered(1, request: 1)
        }
        let action = try bench.table.cancelled(LoginBench.id, connection: LoginBench.connection, now: bench.now)
        #expect(action == .refusal(.cancelled, worker: .cancel, count: .wrong))
    }

    @Test("a cancel after the verdict does not count it twice")
    func cancelAfterVerdict() throws {
        var bench = try LoginBench.begun()
        #expect(bench.verdict(.authentication, 7) == .held(.wrong))
        let action = try bench.table.cancelled(LoginBench.id, connection: LoginBench.connection, now: bench.now)
        #expect(action == .refusal(.cancelled))
    }

    @Test("a connection takes its logins with it and nobody is answered")
    func connectionClosed() throws {
        var bench = try LoginBench.begun()
        let other = TransactionName(high: 2, low: 2)
        _ = try bench.table.started(LoginBench.start(connection: 8), as: other, now: bench.now)
        let ended = bench.table.connectionClosed(LoginBench.connection, now: bench.now)
        #expect(ended.map(\.id) == [LoginBench.id])
        #expect(ended.map(\.action) == [LoginAction(worker: .cancel, count: .wrong, ended: true)])
        #expect(bench.table.start(of: other) != nil)
    }

    @Test("another connection can neither answer nor cancel")
    func foreignConnection() throws {
        var bench = try LoginBench.begun(LoginBench.start(password: false))
        _ = bench.asked([.password])
        #expect(throws: LoginTable.Misfit.noSuchTransaction) { try bench.answered(1, connection: 8) }
        #expect(throws: LoginTable.Misfit.noSuchTransaction) {
            try bench.table.cancelled(LoginBench.id, connection: 8, now: bench.now)
        }
    }

    @Test("revoke_all cancels the user's logins, under any case of the name, in that realm")
    func revoked() throws {
        var bench = try LoginBench.begun(LoginBench.start(user: "Alice", password: false))
        #expect(bench.table.userRevoked("alice", realm: "other", now: bench.now).isEmpty)
        #expect(bench.table.userRevoked("bob", realm: "default", now: bench.now).isEmpty)
        let ended = bench.table.userRevoked("alice", realm: "default", now: bench.now)
        #expect(ended.map(\.action) == [.refusal(.cancelled, worker: .cancel)])
    }

    @Test("revoke_all tells a waiting person with the next answer")
    func revokedWhileAsked() throws {
        var bench = try LoginBench.begun(LoginBench.start(password: false))
        _ = bench.asked([.password])
        let ended = bench.table.userRevoked("alice", realm: "default", now: bench.now)
        #expect(ended.map(\.action) == [LoginAction(worker: .cancel, ended: true)])
        #expect(try bench.answered(1) == .refusal(.cancelled, to: 2))
        #expect(bench.table.count == 0)
    }

    @Test("revoke_all catches the person who came under another name, but not a later login")
    func revokedAlias() throws {
        var bench = try LoginBench.begun(LoginBench.start(user: "ally@corp"))
        #expect(bench.table.userRevoked("alice", realm: "default", now: bench.now).isEmpty)
        let later = TransactionName(high: 2, low: 2)
        _ = try bench.table.started(LoginBench.start(user: "ally@corp", address: "::1"), as: later, now: bench.now)
        // Nothing is counted: PAM has taken the password.
        #expect(bench.succeeded("alice") == .refusal(.cancelled, worker: .cancel))
        let action = bench.table.verdict(
            later, phase: .account, code: 0, account: LoginAccount(name: "alice", uid: 1), now: bench.now, random: 0)
        #expect(action.completion?.account.name == "alice")
    }

    @Test("more revocations than can be remembered end all logins")
    func manyRevocations() throws {
        var bench = try LoginBench.begun(LoginBench.start(password: false))
        for index in 0..<256 {
            #expect(bench.table.userRevoked("user\(index)", realm: "default", now: bench.now).isEmpty)
        }
        let ended = bench.table.userRevoked("one more", realm: "default", now: bench.now)
        #expect(ended.map(\.action) == [.refusal(.cancelled, worker: .cancel)])
    }

    // MARK: Deadlines

    @Test("the service's limit ends a slow worker and is nobody's fault")
    func serviceDeadline() throws {
        var bench = try LoginBench.begun(LoginBench.start(rules: LoginRules(loginTimeout: .seconds(20))))
        #expect(bench.waited() == [.refusal(.timeout, worker: .cancel)])
        #expect(bench.now == .seconds(1020))
    }

    @Test("the client's own shorter limit counts as a failure once it has guessed")
    func clientDeadline() throws {
        var bench = try LoginBench.begun(LoginBench.start(timeout: .milliseconds(50)))
        #expect(bench.waited() == [.refusal(.timeout, worker: .cancel, count: .wrong)])
        #expect(bench.now == .milliseconds(1_000_050))
    }

    /// How far a login has come when its time is over, and what is counted.
    struct Timeout: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let count: LoginAction.Count
        var start = LoginBench.start(timeout: .seconds(2))
        var steps: @Sendable (inout LoginBench) throws -> Void = { _ in }

        static let all = [
            Timeout(testDescription: "a guess, the client's limit", count: .wrong),
            Timeout(testDescription: "a guess, the service's limit", count: .nothing, start: LoginBench.start()),
            Timeout(
                testDescription: "no guess, the client's limit", count: .nothing,
                start: LoginBench.start(timeout: .seconds(2), password: false)),
            Timeout(testDescription: "a guess, and a person is asked", count: .wrong, start: LoginBench.start()) {
                _ = $0.asked([.code])
            },
            Timeout(
                testDescription: "no guess, and a person is asked", count: .nothing,
                start: LoginBench.start(timeout: .seconds(2), password: false)
            ) {
                _ = $0.asked([.password])
            },
            Timeout(testDescription: "a proven password", count: .nothing) {
                _ = $0.asked([.password], .change)
                _ = try $0.answered(1)
            },
        ]
    }

    @Test(
        "a timeout counts the same, whether the broker reports it first or the clock gets there", arguments: Timeout.all
    )
    func timeoutOrder(_ test: Timeout) throws {
        var reported = try LoginBench.begun(test.start)
        try test.steps(&reported)
        var waited = reported
        #expect(reported.failed(.timeout).count == test.count)
        #expect(waited.waited().first?.count == test.count)
    }

    @Test("the client's limit is clamped to the service's, and to zero")
    func clamped() throws {
        for (timeout, end) in [(1_000_000, 1120), (-5, 1000)] as [(Int, Int)] {
            var bench = try LoginBench.begun(LoginBench.start(timeout: .seconds(timeout), password: false))
            #expect(bench.waited() == [.refusal(.timeout, worker: .cancel)])
            #expect(bench.now == .seconds(end))
        }
    }

    @Test("a person who takes too long hears so with the answer, for a minute")
    func answerDeadline() throws {
        var bench = try LoginBench.begun(LoginBench.start(password: false))
        _ = bench.asked([.password])
        #expect(bench.waited() == [LoginAction(worker: .cancel, ended: true)])
        #expect(bench.now == .seconds(1060))
        var late = bench
        #expect(try late.answered(1) == .refusal(.timeout, to: 2))
        #expect(bench.waited() == [LoginAction(ended: true)])
        #expect(throws: LoginTable.Misfit.noSuchTransaction) { try bench.answered(1) }
    }

    @Test("nothing happens before its time")
    func early() throws {
        var bench = try LoginBench.begun()
        let next = try #require(bench.table.nextDeadline)
        #expect(bench.table.expire(now: next - .nanoseconds(1)).isEmpty)
        #expect(!bench.table.expire(now: next).isEmpty)
        #expect(bench.table.nextDeadline == nil)
    }
}
