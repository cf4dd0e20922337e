import Testing
import UsherLogin

@Suite("Login transaction")
struct LoginTransactionTests {
    // MARK: Conversations

    @Test("goes through in one round when auth.start brings the password")
    func oneRound() throws {
        var bench = LoginBench()
        #expect(
            try bench.table.started(LoginBench.start(), as: LoginBench.id, now: bench.now)
                == LoginAction(worker: .start))
        #expect(bench.asked([.password]) == .forward(1, password: 0))
        let done = bench.succeeded()
        #expect(done.completion?.account == LoginAccount(name: "alice", uid: 1001))
        #expect(
            done.answer?.request == 1 && done.count == .success(LoginBench.ticket()) && done.ended
                && done.worker == .leave)
        #expect(bench.table.count == 0)
    }

    @Test("asks the client for what the password does not answer")
    func twoRounds() throws {
        var bench = try LoginBench.begun()
        #expect(bench.asked([.password]) == .forward(1, password: 0))
        #expect(bench.asked([.code]) == .challenge([.code]))
        #expect(try bench.answered(1) == .forward(1))
        #expect(bench.succeeded().answer?.request == 2)
    }

    @Test("splits a round between the password and the client")
    func mixedRound() throws {
        var bench = try LoginBench.begun()
        #expect(bench.asked([.color, .password, .code]) == .challenge([.color, .code]))
        #expect(try bench.answered(2) == .forward(3, password: 1))
    }

    @Test("asks for everything when no password was brought")
    func noPassword() throws {
        var bench = try LoginBench.begun(LoginBench.start(password: false))
        #expect(bench.asked([.password]) == .challenge([.password]))
        #expect(try bench.answered(1) == .forward(1))
        #expect(bench.asked([.password]) == .challenge([.password], to: 2))
    }

    @Test("does not give the password to a change of password")
    func passwordChange() throws {
        var bench = try LoginBench.begun(LoginBench.start(rules: LoginRules(allowsPasswordChange: true)))
        #expect(
            bench.asked([.note, .password], .change) == .challenge([.note, .password], purpose: .passwordChange))
        #expect(try bench.answered(1) == .forward(1))
        let done = bench.verdict(.change, 0, LoginAccount(name: "alice", uid: 1001))
        #expect(done.completion?.changedPassword == true)
    }

    @Test("refuses another number of answers than was asked for, and waits on")
    func wrongCount() throws {
        var bench = try LoginBench.begun(LoginBench.start(password: false))
        _ = bench.asked([.password, .code])
        for count in [0, 1, 3] {
            #expect(throws: LoginTable.Misfit.unexpectedAnswers) { try bench.answered(count) }
        }
        #expect(try bench.answered(2) == .forward(2))
        #expect(throws: LoginTable.Misfit.unexpectedAnswers) { try bench.answered(2) }
    }

    @Test("ends a module that asks without end, at the floor")
    func endlessPrompts() throws {
        var bench = try LoginBench.begun()
        for _ in 0..<LoginTransaction.maximumRounds { #expect(bench.asked([.note]) == .forward(0)) }
        #expect(bench.asked([.note]) == LoginAction(worker: .cancel, ended: true))
        #expect(bench.waited() == [.refusal(.unavailable)])
    }

    @Test("ends a module that sends more messages than PAM allows")
    func tooManyMessages() throws {
        var bench = try LoginBench.begun()
        #expect(bench.asked(Array(repeating: .note, count: 33)) == LoginAction(worker: .cancel, ended: true))
    }

    // MARK: Texts

    @Test("holds texts of the authentication phase back until it has succeeded")
    func heldTexts() throws {
        var bench = try LoginBench.begun()
        #expect(bench.asked([.complaint]) == .forward(0))
        #expect(bench.asked([.note, .password]) == .forward(1, password: 0))
        #expect(bench.asked([.note, .code]) == .challenge([.code]))
        _ = try bench.answered(1)
        #expect(bench.asked([.note], .account) == .forward(0))
        #expect(bench.succeeded().completion?.messages == [.complaint, .note, .note, .note])
    }

    @Test("shows them with the first challenge after it")
    func textsAfterSuccess() throws {
        var bench = try LoginBench.begun()
        _ = bench.asked([.complaint])
        #expect(bench.asked([.password], .change) == .challenge([.complaint, .password], purpose: .passwordChange))
    }

    @Test("shows them at once where the service relays them")
    func relayedTexts() throws {
        var bench = try LoginBench.begun(LoginBench.start(rules: LoginRules(relaysMessages: true)))
        #expect(bench.asked([.complaint]) == .challenge([.complaint]))
        #expect(try bench.answered(0) == .forward(0))
        #expect(bench.asked([.note, .password]) == .forward(1, password: 0))
        #expect(bench.asked([.code]) == .challenge([.note, .code], to: 2))
    }

    // MARK: Verdicts

    @Test("takes no verdict of success that skips the account phase, or has no account")
    func halfSuccess() throws {
        let account = LoginAccount(name: "alice", uid: 1)
        for (phase, account) in [(.authentication, account), (.account, nil)] as [(PAMPhase, LoginAccount?)] {
            var bench = try LoginBench.begun()
            #expect(bench.verdict(phase, 0, account) == .held())
            #expect(bench.waited() == [.refusal(.unavailable)])
        }
    }

    @Test("takes no success while the client has the word")
    func earlySuccess() throws {
        var bench = try LoginBench.begun(LoginBench.start(password: false))
        _ = bench.asked([.password])
        #expect(bench.succeeded() == .held())
        #expect(try bench.answered(1) == .none)
        #expect(bench.waited() == [.refusal(.unavailable, to: 2)])
    }

    @Test(
        "lets in whom the service allows",
        arguments: [
            (LoginAccount(name: "alice", uid: 1), LoginRules(), nil),
            (LoginAccount(name: "root", uid: 0), LoginRules(), .notPermitted),
            (LoginAccount(name: "toor", uid: 0), LoginRules(), .notPermitted),
            (LoginAccount(name: "root", uid: nil), LoginRules(allowsNoAccount: true), .notPermitted),
            (LoginAccount(name: "root", uid: 0), LoginRules(allowsRoot: true), nil),
            (LoginAccount(name: "ghost", uid: nil), LoginRules(), .notPermitted),
            (LoginAccount(name: "ghost", uid: nil), LoginRules(allowsNoAccount: true), nil),
            (LoginAccount(name: "a/b", uid: 1), LoginRules(), .unavailable),
            (LoginAccount(name: "", uid: 1), LoginRules(), .unavailable),
            (LoginAccount(name: "root", uid: 0), LoginRules(revealsAccountState: false), .denied),
        ] as [(LoginAccount, LoginRules, LoginRefusal?)])
    func accounts(_ account: LoginAccount, _ rules: LoginRules, _ refusal: LoginRefusal?) throws {
        var bench = try LoginBench.begun(LoginBench.start(rules: rules))
        let action = bench.verdict(.account, 0, account)
        if let refusal {
            #expect(action.ended && action.answer == nil)
            #expect(bench.waited() == [.refusal(refusal)])
        } else {
            #expect(action.completion?.account == account)
        }
    }

    @Test("re-authenticates the session's own user only")
    func reauthentication() throws {
        let session = ReauthenticatedSession(slot: 3, tag: 4, digest: (5, 6), user: "alice")
        var bench = try LoginBench.begun(LoginBench.start(session: session))
        #expect(bench.succeeded().completion?.start.session == session)
        bench = try LoginBench.begun(LoginBench.start(session: session))
        #expect(bench.succeeded("bob") == .held(.wrong))
        #expect(bench.waited() == [.refusal(.denied)])
    }

    @Test("tells nothing of the account where the service hides it")
    func hiddenState() throws {
        for code in [12, 13, 6, 28, 19] as [Int32] {
            var bench = try LoginBench.begun(LoginBench.start(rules: LoginRules(revealsAccountState: false)))
            #expect(bench.verdict(.account, code) == .held(.wrong))
            #expect(bench.waited() == [.refusal(.denied)])
        }
    }

    @Test("passes a full queue on at once")
    func busy() throws {
        var bench = try LoginBench.begun()
        #expect(
            bench.failed(.busy(retryAfter: .seconds(3))) == .refusal(.busy(retryAfter: .seconds(3)), worker: .cancel))
        #expect(bench.table.count == 0)
    }
}
