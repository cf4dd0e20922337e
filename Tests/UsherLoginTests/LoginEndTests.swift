import Testing
import UsherLogin
import UsherNames
import UsherSecrets

@Suite("End of a login")
struct LoginEndTests {
    // MARK: Cancel, close, revoke

    @Test("a cancel answers the pending request and ends the worker")
    func cancel() throws {
        var bench = try LoginBench.begun(LoginBench.start(password: false))
        #expect(try bench.cancelled() == [.cancelWorker, .refuse(.cancelled)])
        #expect(bench.table.count == 0)
        #expect(bench.succeeded() == [])
        #expect(throws: LoginMisfit.noSuchTransaction) { try bench.answered(1) }
    }

    @Test("a cancel after a guess counts as a failure, whichever request brought it", arguments: [true, false])
    func cancelAfterGuess(_ brought: Bool) throws {
        var bench = try LoginBench.begun(LoginBench.start(password: brought))
        if !brought {
            _ = bench.asked([.password])
            _ = try bench.answered(1)
        }
        #expect(try bench.cancelled() == [.cancelWorker, .countFailure, .refuse(.cancelled)])
    }

    @Test("a cancel after the verdict does not count it twice")
    func cancelAfterVerdict() throws {
        var bench = try LoginBench.begun()
        #expect(bench.verdict(.authentication, 7) == [.countFailure])
        #expect(try bench.cancelled() == .refused(.cancelled))
    }

    @Test("a cancel while the person is asked ends the login in cancelled, or in what ended it before")
    func cancelWhileAsked() throws {
        var bench = try LoginBench.begun()
        _ = bench.asked([.code])
        var late = bench
        #expect(try bench.cancelled() == [.cancelWorker, .countFailure, .refuse(.cancelled)])
        #expect(late.waited() == [.cancelWorker, .countFailure])
        #expect(try late.cancelled() == .refused(.timeout))
        #expect(bench.rests(for: .seconds(1)) && late.rests(for: .seconds(1)))
    }

    /// How a client that has guessed hears an answer before the floor has passed.
    struct Early: CustomTestStringConvertible, Sendable {
        let testDescription: String
        var start = LoginBench.start()
        let steps: @Sendable (inout LoginBench) throws -> Void

        static let all = [
            Early(testDescription: "it cancels while the worker is at it") { _ = try $0.cancelled() },
            Early(testDescription: "it cancels after the verdict") {
                _ = $0.verdict(.authentication, 7)
                _ = try $0.cancelled()
            },
            Early(testDescription: "it cancels while a person is asked") {
                _ = $0.asked([.code])
                _ = try $0.cancelled()
            },
            Early(testDescription: "its own limit", start: LoginBench.start(timeout: .zero)) { _ = $0.waited() },
            Early(testDescription: "its own limit, after the verdict", start: LoginBench.start(timeout: .zero)) {
                _ = $0.verdict(.authentication, 7)
                _ = $0.waited()
            },
            Early(testDescription: "its own limit while a person is asked", start: LoginBench.start(timeout: .zero)) {
                _ = $0.asked([.code])
                _ = $0.waited()
                _ = try $0.answered(1)
            },
            Early(testDescription: "the sessions are revoked") {
                _ = $0.table.userRevoked("alice", realm: "default", now: $0.now)
            },
        ]
    }

    @Test(
        "a guess that is answered early keeps its place until the floor, and nobody can reach it", arguments: Early.all)
    func early(_ test: Early) throws {
        var bench = try LoginBench.begun(test.start)
        try test.steps(&bench)
        #expect(bench.now == .seconds(1000) && bench.table[LoginBench.id] == nil && bench.table.all.isEmpty)
        #expect(throws: LoginMisfit.noSuchTransaction) { try bench.cancelled() }
        #expect(throws: LoginMisfit.noSuchTransaction) { try bench.answered(1) }
        #expect(bench.succeeded() == [] && bench.left() == [] && bench.failed(.timeout) == [])
        #expect(bench.rests(for: .seconds(1)))
    }

    @Test("a connection takes its logins with it")
    func connectionClosed() throws {
        var bench = try LoginBench.begun(LoginBench.start(password: false))
        let other = TransactionName(high: 2, low: 2)
        try bench.table.begin(LoginBench.start(connection: 8), as: other, now: bench.now)
        let ended = bench.table.connectionClosed(LoginBench.connection, now: bench.now)
        #expect(ended.map(\.login.name) == [LoginBench.id])
        #expect(ended.map(\.actions) == [[.cancelWorker, .refuse(.cancelled)]])
        #expect(bench.table[LoginBench.id] == nil && bench.table[other] != nil)
    }

    /// How far a guess has come when its client leaves, what happens then, and how the login ends at the floor.
    struct Leaving: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let actions: [LoginAction]
        var reason = LoginRefusal.cancelled
        var steps: @Sendable (inout LoginBench) throws -> Void = { _ in }

        static let all = [
            Leaving(testDescription: "the worker is at it", actions: [.cancelWorker, .countFailure]),
            Leaving(testDescription: "a second factor is asked", actions: [.cancelWorker, .countFailure]) {
                _ = $0.asked([.code])
            },
            Leaving(testDescription: "the refusal waits", actions: [], reason: .denied) {
                _ = $0.verdict(.authentication, 7)
            },
            Leaving(testDescription: "the worker gave up while the person was asked", actions: [], reason: .denied) {
                _ = $0.asked([.code])
                _ = $0.verdict(.authentication, 7)
            },
        ]
    }

    @Test(
        "a guess whose client leaves is counted once and ends when its refusal would have left", arguments: Leaving.all)
    func leftGuess(_ test: Leaving) throws {
        var bench = try LoginBench.begun()
        try test.steps(&bench)
        #expect(bench.left() == test.actions)
        #expect(bench.table.count == 1 && bench.table.open == 0)
        #expect(bench.succeeded() == [])
        #expect(bench.waited() == .refused(test.reason))
        #expect(bench.now == .seconds(1001) && bench.table.count == 0)
    }

    @Test("a proven login, or one without a guess, ends at once with its client")
    func leftAtOnce() throws {
        var proven = try LoginBench.begun()
        _ = proven.asked([.password], .change)
        var asked = try LoginBench.begun(LoginBench.start(password: false))
        _ = asked.asked([.password])
        #expect(proven.left() == [.cancelWorker, .refuse(.cancelled)])
        #expect(asked.left() == [.cancelWorker, .refuse(.cancelled)])
        #expect(proven.table.count == 0 && asked.table.count == 0)
    }

    @Test("another connection can neither answer nor cancel")
    func foreignConnection() throws {
        var bench = try LoginBench.begun(LoginBench.start(password: false))
        _ = bench.asked([.password])
        #expect(throws: LoginMisfit.noSuchTransaction) { try bench.answered(1, connection: 8) }
        #expect(throws: LoginMisfit.noSuchTransaction) {
            try bench.table.cancelled(LoginBench.id, connection: 8, now: bench.now)
        }
    }

    @Test("revoke_all cancels the user's logins, under any case of the name, in that realm")
    func revoked() throws {
        var bench = try LoginBench.begun(LoginBench.start(user: "Alice", password: false))
        #expect(bench.table.userRevoked("alice", realm: "other", now: bench.now).isEmpty)
        #expect(bench.table.userRevoked("bob", realm: "default", now: bench.now).isEmpty)
        let ended = bench.table.userRevoked("alice", realm: "default", now: bench.now)
        #expect(ended.map(\.actions) == [[.cancelWorker, .refuse(.cancelled)]])
    }

    @Test("revoke_all tells a waiting person with the next answer")
    func revokedWhileAsked() throws {
        var bench = try LoginBench.begun()
        _ = bench.asked([.code])
        let ended = bench.table.userRevoked("alice", realm: "default", now: bench.now)
        #expect(ended.map(\.actions) == [[.cancelWorker, .countFailure]])
        #expect(try bench.answered(1) == .refused(.cancelled))
        #expect(bench.rests(for: .seconds(1)))
    }

    @Test("revoke_all catches the person who came under another name, but not a later login")
    func revokedAlias() throws {
        var bench = try LoginBench.begun(LoginBench.start(user: "ally@corp"))
        #expect(bench.table.userRevoked("alice", realm: "default", now: bench.now).isEmpty)
        let later = TransactionName(high: 2, low: 2)
        try bench.table.begin(LoginBench.start(user: "ally@corp", address: "::1"), as: later, now: bench.now)
        // Nothing is counted: PAM has taken the password.
        #expect(bench.succeeded("alice") == [.cancelWorker, .refuse(.cancelled)])
        let decision = bench.table.verdict(
            later, phase: .account, code: 0, account: LoginAccount(name: "alice", uid: 1), now: bench.now, random: 0)
        #expect(decision?.actions.completion?.account.name == "alice")
    }

    @Test("more revocations than can be remembered end all logins")
    func manyRevocations() throws {
        var bench = try LoginBench.begun(LoginBench.start(password: false))
        for index in 0..<256 {
            #expect(bench.table.userRevoked("user\(index)", realm: "default", now: bench.now).isEmpty)
        }
        let ended = bench.table.userRevoked("one more", realm: "default", now: bench.now)
        #expect(ended.map(\.actions) == [[.cancelWorker, .refuse(.cancelled)]])
    }

    // MARK: Deadlines

    @Test("the service's limit ends a slow worker and is nobody's fault")
    func serviceDeadline() throws {
        var bench = try LoginBench.begun(LoginBench.start(rules: LoginRules(loginTimeout: .seconds(20))))
        #expect(bench.waited() == [.cancelWorker, .countUndecided, .refuse(.timeout)])
        #expect(bench.now == .seconds(1020) && bench.table.count == 0)
    }

    @Test("the client's own shorter limit counts as a failure once it has guessed")
    func clientDeadline() throws {
        var bench = try LoginBench.begun(LoginBench.start(timeout: .milliseconds(50)))
        #expect(bench.waited() == [.cancelWorker, .countFailure, .refuse(.timeout)])
        #expect(bench.now == .milliseconds(1_000_050))
    }

    /// How far a login has come when its time is over, and whether that counts as a failure.
    struct Timeout: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let counts: Bool
        var start = LoginBench.start(timeout: .seconds(2))
        var steps: @Sendable (inout LoginBench) throws -> Void = { _ in }

        static let all = [
            Timeout(testDescription: "a guess, the client's limit", counts: true),
            Timeout(testDescription: "a guess, the service's limit", counts: false, start: LoginBench.start()),
            Timeout(
                testDescription: "no guess, the client's limit", counts: false,
                start: LoginBench.start(timeout: .seconds(2), password: false)),
            Timeout(testDescription: "a guess, and a person is asked", counts: true, start: LoginBench.start()) {
                _ = $0.asked([.code])
            },
            Timeout(
                testDescription: "no guess, and a person is asked", counts: false,
                start: LoginBench.start(timeout: .seconds(2), password: false)
            ) {
                _ = $0.asked([.password])
            },
            Timeout(testDescription: "a proven password", counts: false) {
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
        #expect(reported.failed(.timeout).contains(.countFailure) == test.counts)
        #expect(waited.waited().contains(.countFailure) == test.counts)
    }

    @Test("the client's limit is clamped to the service's, and to zero")
    func clamped() throws {
        for (timeout, end) in [(1_000_000, 1120), (-5, 1000)] as [(Int, Int)] {
            var bench = try LoginBench.begun(LoginBench.start(timeout: .seconds(timeout), password: false))
            #expect(bench.waited() == [.cancelWorker, .refuse(.timeout)])
            #expect(bench.now == .seconds(end))
        }
    }

    @Test("a person who takes too long hears so with the answer, for a minute")
    func answerDeadline() throws {
        var bench = try LoginBench.begun()
        _ = bench.asked([.code])
        #expect(bench.waited() == [.cancelWorker, .countFailure])
        #expect(bench.now == .seconds(1060))
        var late = bench
        #expect(try late.answered(1) == .refused(.timeout))
        #expect(bench.waited() == .refused(.timeout))
        #expect(throws: LoginMisfit.noSuchTransaction) { try bench.answered(1) }
    }

    @Test("of a client that has answered nothing no trace is kept, whoever ends the login")
    func unanswered() throws {
        var asked = try LoginBench.begun(LoginBench.start(password: false))
        _ = asked.asked([.password])
        var (late, refused, revoked) = (asked, asked, asked)
        #expect(late.waited() == [.cancelWorker, .refuse(.timeout)])
        #expect(refused.failed(.unavailable) == .refused(.unavailable))
        let ended = revoked.table.userRevoked("alice", realm: "default", now: revoked.now)
        #expect(ended.map(\.actions) == [[.cancelWorker, .refuse(.cancelled)]])
        for bench in [late, refused, revoked] { #expect(bench.table.count == 0) }
        #expect(throws: LoginMisfit.noSuchTransaction) { try late.answered(1) }
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
