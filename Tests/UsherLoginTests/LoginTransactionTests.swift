import Testing
import UsherLogin
import UsherNames

@Suite("Login transaction")
struct LoginTransactionTests {
    // MARK: Conversations

    @Test("goes through without a word of the client when auth.start brings the password")
    func oneRound() throws {
        var bench = try LoginBench.begun()
        let account = LoginAccount(name: "alice", uid: 1001)
        #expect(bench.succeeded() == [.complete(LoginCompletion(account: account, messages: []))])
        #expect(bench.table.count == 0)
    }

    @Test("asks the client for whatever the worker still asks")
    func rounds() throws {
        var bench = try LoginBench.begun()
        #expect(bench.asked([.code]) == .challenge([.code]))
        #expect(try bench.answered(1) == [.forwardAnswers])
        #expect(bench.asked([.color, .code]) == .challenge([.color, .code]))
        #expect(try bench.answered(2) == [.forwardAnswers])
        #expect(bench.succeeded().completion != nil)
    }

    @Test("asks for a new password under a purpose of its own")
    func passwordChange() throws {
        var bench = try LoginBench.begun(LoginBench.start(rules: LoginRules(allowsPasswordChange: true)))
        #expect(
            bench.asked([.note, .password], .change) == .challenge([.note, .password], purpose: .passwordChange))
        #expect(try bench.answered(1) == [.forwardAnswers])
        let done = bench.verdict(.change, 0, LoginAccount(name: "alice", uid: 1001))
        #expect(done.completion?.account.name == "alice")
    }

    @Test("refuses another number of answers than was asked for, and waits on")
    func wrongCount() throws {
        var bench = try LoginBench.begun(LoginBench.start(password: false))
        _ = bench.asked([.password, .code])
        for count in [0, 1, 3] {
            #expect(throws: LoginMisfit.unexpectedAnswers) { try bench.answered(count) }
        }
        #expect(try bench.answered(2) == [.forwardAnswers])
        #expect(throws: LoginMisfit.unexpectedAnswers) { try bench.answered(2) }
    }

    @Test("ends a module that asks without end, at the floor")
    func endlessPrompts() throws {
        var bench = try LoginBench.begun()
        for _ in 0..<LoginTransaction.maximumRounds {
            #expect(bench.asked([.code]) == .challenge([.code]))
            #expect(try bench.answered(1) == [.forwardAnswers])
        }
        #expect(bench.asked([.code]) == [.cancelWorker, .countUndecided])
        #expect(bench.waited() == .refused(.unavailable))
    }

    @Test(
        "ends a worker whose round asks nothing, or has more messages than PAM allows",
        arguments: [[], [.note], [.password] + Array(repeating: .note, count: 32)] as [[PAMPrompt]])
    func brokenRounds(_ prompts: [PAMPrompt]) throws {
        var bench = try LoginBench.begun()
        #expect(bench.asked(prompts) == [.cancelWorker, .countUndecided])
        #expect(bench.waited() == .refused(.unavailable))
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
                == .challenge([.complaint, .password], purpose: .passwordChange))
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
            #expect(bench.verdict(phase, 0, account) == (phase == .authentication ? [.countUndecided] : []))
            #expect(bench.waited() == .refused(.unavailable))
        }
    }

    @Test("takes no success while the client has the word")
    func earlySuccess() throws {
        var bench = try LoginBench.begun()
        _ = bench.asked([.code])
        #expect(bench.succeeded() == [])
        #expect(try bench.answered(1) == [])
        #expect(bench.waited() == .refused(.unavailable))
    }

    @Test(
        "lets in whom the service allows",
        arguments: [
            (LoginAccount(name: "alice", uid: 1), LoginRules(), nil),
            (LoginAccount(name: "root", uid: 0), LoginRules(), .notPermitted),
            (LoginAccount(name: "toor", uid: 0), LoginRules(), .notPermitted),
            (LoginAccount(name: "root", uid: nil), LoginRules(allowsNoAccount: true), .notPermitted),
            (LoginAccount(name: "root", uid: 0), LoginRules(allowsRoot: true), nil),
            (LoginAccount(name: "toor", uid: 1000, hasRootName: true), LoginRules(), .notPermitted),
            (LoginAccount(name: "toor", uid: 1000, hasRootName: true), LoginRules(allowsRoot: true), nil),
            (LoginAccount(name: "daemon", uid: 999), LoginRules(minimumUID: 1000), .notPermitted),
            (LoginAccount(name: "alice", uid: 1000), LoginRules(minimumUID: 1000), nil),
            (LoginAccount(name: "root", uid: 0), LoginRules(allowsRoot: true, minimumUID: 1000), nil),
            (LoginAccount(name: "ghost", uid: nil), LoginRules(), .notPermitted),
            (LoginAccount(name: "ghost", uid: nil), LoginRules(allowsNoAccount: true), nil),
            (LoginAccount(name: "a/b", uid: 1), LoginRules(), .unavailable),
            (LoginAccount(name: "", uid: 1), LoginRules(), .unavailable),
            (LoginAccount(name: "root", uid: 0), LoginRules(revealsAccountState: false), .denied),
        ] as [(LoginAccount, LoginRules, LoginRefusal?)])
    func accounts(_ account: LoginAccount, _ rules: LoginRules, _ refusal: LoginRefusal?) throws {
        var bench = try LoginBench.begun(LoginBench.start(rules: rules))
        let actions = bench.verdict(.account, 0, account)
        if let refusal {
            #expect(actions == (refusal == .denied ? [.countFailure] : []))
            #expect(bench.waited() == .refused(refusal))
        } else {
            #expect(actions.completion?.account == account)
        }
    }

    @Test("re-authenticates the session's own user only")
    func reauthentication() throws {
        var bench = try LoginBench.begun(LoginBench.start(isReauthentication: true))
        #expect(bench.succeeded().completion?.account.name == "alice")
        bench = try LoginBench.begun(LoginBench.start(isReauthentication: true))
        #expect(bench.succeeded("bob") == [.countFailure])
        #expect(bench.waited() == .refused(.denied))
        bench = try LoginBench.begun(LoginBench.start(user: "ren\u{e9}", isReauthentication: true))
        #expect(bench.succeeded("rene\u{301}") == [.countFailure], "another account, whose name looks the same")
    }

    @Test("tells nothing of the account where the service hides it")
    func hiddenState() throws {
        for code in [12, 13, 6, 28, 19] as [Int32] {
            var bench = try LoginBench.begun(LoginBench.start(rules: LoginRules(revealsAccountState: false)))
            #expect(bench.verdict(.account, code) == [.countFailure])
            #expect(bench.waited() == .refused(.denied))
        }
    }

    @Test("passes a full queue on at once")
    func busy() throws {
        var bench = try LoginBench.begun()
        let busy = LoginRefusal.busy(retryAfter: .seconds(3))
        #expect(bench.failed(.busy(retryAfter: .seconds(3))) == [.cancelWorker, .refuse(busy)])
        #expect(bench.table.count == 0)
    }
}
