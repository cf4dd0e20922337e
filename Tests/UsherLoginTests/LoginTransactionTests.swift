import Testing
import UsherLogin

@Suite("Login transaction")
struct LoginTransactionTests {
    // MARK: Conversations

    @Test("goes through without a word of the client when auth.start brings the password")
    func oneRound() throws {
        var bench = LoginBench()
        #expect(
            try bench.table.started(LoginBench.start(), as: LoginBench.id, now: bench.now)
                == LoginAction(worker: .start))
        let done = bench.succeeded()
        #expect(done.completion?.account == LoginAccount(name: "alice", uid: 1001))
        #expect(
            done.answer?.request == 1 && done.count == .success(LoginBench.ticket()) && done.ended
                && done.worker == .leave)
        #expect(bench.table.count == 0)
    }

    @Test("asks the client for whatever the worker still asks")
    func rounds() throws {
        var bench = try LoginBench.begun()
        #expect(bench.asked([.code]) == .challenge([.code]))
        #expect(try bench.answered(1) == .forward)
        #expect(bench.asked([.color, .code]) == .challenge([.color, .code], to: 2))
        #expect(try bench.answered(2, request: 3) == .forward)
        #expect(bench.succeeded().answer?.request == 3)
    }

    @Test("asks for a new password under a purpose of its own")
    func passwordChange() throws {
        var bench = try LoginBench.begun(LoginBench.start(rules: LoginRules(allowsPasswordChange: true)))
        #expect(
            bench.asked([.note, .password], .change) == .challenge([.note, .password], purpose: .passwordChange))
        #expect(try bench.answered(1) == .forward)
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
        #expect(try bench.answered(2) == .forward)
        #expect(throws: LoginTable.Misfit.unexpectedAnswers) { try bench.answered(2) }
    }

    @Test("ends a module that asks without end, at the floor")
    func endlessPrompts() throws {
        var bench = try LoginBench.begun()
        for _ in 0..<LoginTransaction.maximumRounds {
            #expect(bench.asked([.code]).answer != nil)
            #expect(try bench.answered(1) == .forward)
        }
        #expect(bench.asked([.code]) == LoginAction(worker: .cancel, ended: true))
        #expect(bench.waited() == [.refusal(.unavailable, to: 2)])
    }

    @Test(
        "ends a worker whose round asks nothing, or has more messages than PAM allows",
        arguments: [[], [.note], [.password] + Array(repeating: .note, count: 32)] as [[LoginPrompt]])
    func brokenRounds(_ prompts: [LoginPrompt]) throws {
        var bench = try LoginBench.begun()
        #expect(bench.asked(prompts) == LoginAction(worker: .cancel, ended: true))
        #expect(bench.waited() == [.refusal(.unavailable)])
    }

    // MARK: Texts

    @Test("holds texts of the authentication phase back until it has succeeded")
    func heldTexts() throws {
        var bench = try LoginBench.begun()
        #expect(bench.asked([.complaint, .note, .code]) == .challenge([.code]))
        _ = try bench.answered(1)
        #expect(bench.succeeded().completion?.messages == [.complaint, .note])
    }

    @Test("shows them with the first challenge after it")
    func textsAfterSuccess() throws {
        var bench = try LoginBench.begun()
        _ = bench.asked([.complaint, .code])
        _ = try bench.answered(1)
        #expect(
            bench.asked([.password], .change)
                == .challenge([.complaint, .password], to: 2, purpose: .passwordChange))
    }

    @Test("shows them at once where the service relays them")
    func relayedTexts() throws {
        var bench = try LoginBench.begun(LoginBench.start(rules: LoginRules(relaysMessages: true)))
        #expect(bench.asked([.complaint, .code]) == .challenge([.complaint, .code]))
        _ = try bench.answered(1)
        #expect(bench.succeeded().completion?.messages == [])
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
