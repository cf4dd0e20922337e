import Testing
import UsherEngine
import UsherLogin
import UsherNames
import UsherPAMWire
import UsherTestKit

@Suite("Engine: accounts")
struct EngineAccountTests {
    private static let first = AccountCredential(fingerprint: 1, isLocked: false)
    private static let second = AccountCredential(fingerprint: 2, isLocked: false)
    private static let locked = AccountCredential(fingerprint: 1, isLocked: true)

    @Test("ASVS 7.4.1: a session that ended with its account is not valid on any connection, nor on the board")
    func terminated() throws {
        let harness = try AccountHarness()
        let token = try harness.login("ada")
        let session = try #require(harness.client.ask("session.validate", #"{"token":"\#(token)"}"#).session)
        let other = harness.bench.connect(Uid.validate)
        harness.found["ada"] = (13, nil, nil)
        harness.change()
        #expect(!harness.client.isValid(token) && !other.isValid(token))
        let handle = try #require(session["handle"]?.text)
        #expect(harness.client.ask("session.revoke", #"{"handle":"\#(handle)"}"#).result?["revoked"] == 0)
    }

    @Test(
        "ASVS 7.4.2: sessions of an account that is disabled, deleted or somebody else's end within five seconds",
        arguments: [
            (13, nil, nil, "expired"), (27, nil, nil, "expired"), (6, 5000, Self.first, "denied"),
            (7, 5000, Self.first, "denied"), (7, nil, nil, "unknown"),
            (10, nil, nil, "unknown"), (0, nil, nil, "unknown"), (0, 5001, Self.first, "uid"),
            (0, 5000, Self.locked, "locked"), (12, 5000, Self.locked, "locked"),
        ] as [(Int32, UInt32?, AccountCredential?, String)])
    func disabled(_ code: Int32, _ uid: UInt32?, _ credential: AccountCredential?, _ detail: String) throws {
        let harness = try AccountHarness(AccountRules(onPasswordChange: .keep))
        let token = try harness.login("ada", credential: Self.first)
        let other = try harness.login("bob", credential: Self.first)
        let watcher = harness.bench.connect(Uid.watch)
        _ = watcher.ask("events.subscribe")
        harness.found["ada"] = (code, uid, credential)
        harness.change()
        #expect(!harness.client.isValid(token) && harness.client.isValid(other))
        #expect(harness.ends == ["ada \(detail) 1"])
        let event = watcher.takeInbox().first { $0["params"]?["kind"] == "revoked" }?["params"]
        #expect(event?["reason"] == "account" && event?["detail"] == .text(detail) && event?["user"] == "ada")
        let figures = harness.client.ask("server.stats").result
        #expect(figures?["sessions_account_\(detail)"] == 1 && figures?["sessions_revoked"] == 0)
    }

    @Test("ASVS 7.4.3: a changed password ends the sessions that were proven before it, or none where they are kept")
    func password() throws {
        for policy in AccountRules.PasswordChange.allCases {
            let harness = try AccountHarness(AccountRules(onPasswordChange: policy))
            let token = try harness.login("ada", credential: Self.first)
            harness.found["ada"] = (0, 5000, Self.second)
            harness.change()
            #expect(harness.client.isValid(token) == (policy == .keep))
            #expect(harness.ends == (policy == .keep ? [] : ["ada password 1"]))
            let fresh = try harness.login("ada", credential: Self.second)
            harness.change()
            #expect(harness.client.isValid(fresh))
        }
    }

    @Test("ASVS 7.4.3: a login by the new password ends the sessions of the old one, and itself stays")
    func passwordByLogin() throws {
        let harness = try AccountHarness()
        let old = try harness.login("ada", credential: Self.first)
        let fresh = try harness.login("ada", credential: Self.second)
        #expect(!harness.client.isValid(old) && harness.client.isValid(fresh))
        #expect(harness.ends == ["ada password 1"])
    }

    @Test("ASVS 7.4.3: a change of the password within a re-authentication ends all sessions but the one that did it")
    func ownChange() throws {
        let harness = try AccountHarness(AccountRules()) { $0.services[0].rules.allowsPasswordChange = true }
        let other = try harness.login("ada", credential: Self.first)
        let own = try harness.login("ada", credential: Self.first)
        let request = harness.client.send("auth.start", #"{"token":"\#(own)","password":"old"}"#)
        let transaction = harness.bench.lastTransaction
        harness.bench.challenge(transaction, [PAMPrompt(.secret, "New: ")], .passwordChange)
        // The broker sees the file change before the verdict comes: nobody ends by it yet.
        harness.found["ada"] = (0, 5000, Self.second)
        harness.change()
        #expect(harness.client.isValid(own) && harness.client.isValid(other))
        let name = try #require(harness.client.answer(to: request)?.result?["transaction"]?.text)
        let answer = harness.client.send("auth.respond", #"{"transaction":"\#(name)","answers":["new"]}"#)
        harness.succeed(transaction, "ada", 5000, Self.second, phase: .passwordChange)
        let token = try #require(harness.client.answer(to: answer)?.result?["token"]?.text)
        harness.pass(.seconds(60))
        #expect(harness.client.isValid(token) && !harness.client.isValid(other))
    }

    @Test("who logged in while the password was locked stays, and ends when it is locked again")
    func lockedBefore() throws {
        let harness = try AccountHarness()
        let token = try harness.login("ada", credential: Self.locked)
        harness.change()
        #expect(harness.client.isValid(token))
        harness.found["ada"] = (0, 5000, Self.first)
        harness.change()
        #expect(harness.client.isValid(token))
        harness.found["ada"] = (0, 5000, Self.locked)
        harness.change()
        #expect(!harness.client.isValid(token) && harness.ends == ["ada locked 1"])
    }

    @Test("a credential that is not known is not another one")
    func unknownCredential() throws {
        let harness = try AccountHarness()
        let token = try harness.login("ada", credential: Self.first)
        harness.found["ada"] = (0, 5000, nil)
        harness.change()
        #expect(harness.client.isValid(token))
        let unread = try harness.login("bob")
        harness.found["bob"] = (0, 5000, Self.first)
        harness.change()
        #expect(harness.client.isValid(unread))
        harness.found["bob"] = (0, 5000, Self.second)
        harness.change()
        #expect(!harness.client.isValid(unread))
    }

    @Test("a directory that is away ends nobody and is told once; when it answers again, so is that")
    func directoryAway() throws {
        let harness = try AccountHarness()
        let token = try harness.login("ada")
        harness.found["ada"] = (9, nil, nil)
        for _ in 0..<10 { harness.change() }
        #expect(harness.client.isValid(token))
        let told = harness.bench.host.entries.filter { if case .accountsUnchecked = $0 { true } else { false } }
        #expect(told == [.accountsUnchecked(service: "web", why: "PAM code 9")])
        harness.found["ada"] = (13, nil, nil)
        harness.pass(.seconds(900))
        #expect(!harness.client.isValid(token))
        #expect(harness.bench.host.entries.contains(.accountsCheckedAgain(service: "web")))
        #expect(harness.client.ask("server.stats").result?["account_checks_undecided"] != 0)
    }

    @Test("a stack that denies whose entry in shadow(5) cannot be read any more ends nobody")
    func unreadable() throws {
        let harness = try AccountHarness()
        let token = try harness.login("ada", credential: Self.first)
        harness.found["ada"] = (7, 5000, nil)
        for _ in 0..<10 { harness.change() }
        #expect(harness.client.isValid(token) && harness.ends.isEmpty)
        harness.found["ada"] = (7, 5000, Self.first)
        harness.change()
        #expect(!harness.client.isValid(token) && harness.ends == ["ada denied 1"])
    }

    @Test("a directory that knows nobody for a moment ends nobody, one that still does not after half a minute does")
    func restarted() throws {
        let harness = try AccountHarness()
        let (token, other) = (try harness.login("ada"), try harness.login("bob"))
        (harness.found["ada"], harness.found["bob"]) = ((10, nil, nil), (7, nil, nil))
        for _ in 0..<4 { harness.change() }
        #expect(harness.client.isValid(token) && harness.client.isValid(other))
        harness.found["ada"] = (0, 5000, nil)
        harness.pass(.seconds(30))
        #expect(harness.client.isValid(token) && !harness.client.isValid(other))
        #expect(harness.ends == ["bob unknown 1"])
    }

    @Test("a worker that crashes, a broker that is lost or restarted end nobody")
    func broken() throws {
        let harness = try AccountHarness()
        let token = try harness.login("ada")
        harness.bench.engine.brokerReported(.accountsChanged(.rules))
        harness.bench.fail(harness.bench.lastTransaction, .crashed(signal: 11))
        #expect(harness.client.isValid(token))
        harness.bench.engine.brokerReported(.accountsChanged(.rules))
        harness.bench.engine.brokerLost()
        harness.bench.host.isBrokerThere = false
        harness.pass(.seconds(30))
        #expect(harness.client.isValid(token))
        harness.bench.host.isBrokerThere = true
        harness.found["ada"] = (13, nil, nil)
        harness.pass(.seconds(120))
        #expect(!harness.client.isValid(token))
    }

    @Test("every account is asked about again within the interval, without any change of files")
    func interval() throws {
        let harness = try AccountHarness()
        let tokens = try (0..<20).map { try harness.login("user\($0)") }
        harness.found["user7"] = (13, nil, nil)
        harness.pass(.seconds(902))
        #expect(Set(harness.checks).count == 20)
        #expect(tokens.map { harness.client.isValid($0) } == (0..<20).map { $0 != 7 })
    }

    @Test("a service with account_check = 0 is never asked about, one with check = NAME by that")
    func configured() throws {
        let harness = try AccountHarness(AccountRules(check: "usher-account")) {
            $0.services[1].accounts.interval = .zero
        }
        let watched = try harness.login("ada")
        let unwatched = try harness.login("bob", service: "mail")
        harness.found = ["ada": (13, nil, nil), "bob": (13, nil, nil)]
        harness.change()
        #expect(harness.checks == ["ada usher-account"])
        #expect(!harness.client.isValid(watched) && harness.client.isValid(unwatched))
    }

    @Test("a check has the address of the session's own login, where PAM was told it, and ends those alone")
    func addresses() throws {
        let harness = try AccountHarness()
        let gateway = harness.bench.connect(Uid.gateway)
        let near = try harness.login(
            "ada", credential: Self.first, as: gateway, more: #","context":{"remote_ip":"192.0.2.1"}"#)
        let far = try harness.login(
            "ada", credential: Self.first, as: gateway, more: #","context":{"remote_ip":"198.51.100.1"}"#)
        let claimed = try harness.login("ada", more: #","context":{"remote_ip":"192.0.2.1"}"#)
        harness.change()
        #expect(harness.checks.sorted() == ["ada usher-web", "ada usher-web 192.0.2.1", "ada usher-web 198.51.100.1"])
        harness.deniedAddress = "192.0.2.1"
        harness.change()
        #expect(gateway.isValid(far) && harness.client.isValid(claimed))
        #expect(!gateway.isValid(near))
    }

    @Test("a login whose account was locked or got another password while it was under way makes no session")
    func overrun() throws {
        for (now, policy, isEnded) in [
            (Self.locked, .keep, true), (Self.second, .end, true), (Self.second, .keep, false),
        ] as [(AccountCredential, AccountRules.PasswordChange, Bool)] {
            let harness = try AccountHarness(AccountRules(onPasswordChange: policy))
            let request = harness.client.startLogin("ada")
            harness.succeed(harness.bench.lastTransaction, "ada", 5000, now, earlier: Self.first)
            let answer = try #require(harness.client.answer(to: request))
            #expect(isEnded ? answer.reason == "cancelled" : answer.result?["token"] != nil)
        }
    }

    @Test("a login that a change of the password overtakes makes a session, unless a service of the realm says end")
    func overtaken() throws {
        for (other, isEnded) in [(AccountRules.PasswordChange.keep, false), (.end, true)] {
            let harness = try AccountHarness(AccountRules(onPasswordChange: .keep)) {
                $0.services[1].accounts.onPasswordChange = other
            }
            let before = try harness.login("ada", credential: Self.first)
            let mail = try harness.login("ada", credential: Self.first, service: "mail")
            let request = harness.client.startLogin("ada", #","service":"web""#)
            let transaction = harness.bench.lastTransaction
            harness.found["ada"] = (0, 5000, Self.second)
            harness.change()
            harness.succeed(transaction, "ada", 5000, Self.second, earlier: Self.first)
            let answer = try #require(harness.client.answer(to: request))
            #expect(isEnded ? answer.reason == "cancelled" : answer.result?["token"] != nil)
            #expect(harness.client.isValid(before) && harness.client.isValid(mail) == !isEnded)
            // What is remembered is the new password: nothing is left to end by a later check.
            harness.change()
            #expect(harness.client.isValid(before) && harness.ends == (isEnded ? ["ada password 1"] : []))
        }
    }

    @Test("a login by the old password that ends before the change is seen brings it to the services that say end")
    func overtakenUnseen() throws {
        let harness = try AccountHarness(AccountRules(onPasswordChange: .keep)) {
            $0.services[1].accounts.onPasswordChange = .end
        }
        let mail = try harness.login("ada", credential: Self.first, service: "mail")
        let request = harness.client.startLogin("ada", #","service":"web""#)
        harness.succeed(harness.bench.lastTransaction, "ada", 5000, Self.second, earlier: Self.first)
        let token = try #require(harness.client.answer(to: request)?.result?["token"]?.text)
        #expect(harness.client.isValid(token) && !harness.client.isValid(mail))
        harness.found["ada"] = (0, 5000, Self.second)
        harness.change()
        #expect(harness.client.isValid(token) && harness.ends == ["ada password 1"])
    }

    @Test("logins in progress of an account that is over end")
    func inProgress() throws {
        let harness = try AccountHarness()
        _ = try harness.login("ada")
        let request = harness.client.startLogin("ada")
        harness.bench.challenge(harness.bench.lastTransaction, [PAMPrompt(.secret, "Code: ")])
        let name = try #require(harness.client.answer(to: request)?.result?["transaction"]?.text)
        harness.found["ada"] = (13, nil, nil)
        harness.change()
        let answer = harness.client.ask("auth.respond", #"{"transaction":"\#(name)","answers":["1"]}"#)
        #expect(answer.reason == "cancelled" || answer.reason == "no_such_transaction")
    }

    @Test("no session survives its name coming to mean another uid, nor is proven anew by the account that has it now")
    func reused() throws {
        let harness = try AccountHarness()
        let old = try harness.login("ada", uid: 5000)
        let fresh = try harness.login("ada", uid: 5001)
        #expect(!harness.client.isValid(old) && harness.client.isValid(fresh))
        #expect(harness.ends == ["ada uid 1"])
        let request = harness.client.send("auth.start", #"{"token":"\#(fresh)","password":"x"}"#)
        harness.succeed(harness.bench.lastTransaction, "ada", 5002, nil)
        #expect(harness.client.answer(to: request)?.reason == "no_such_session")
        #expect(!harness.client.isValid(fresh))
    }

    @Test("sessions that a peer issues are nobody's account, until PAM proves them")
    func issued() throws {
        let harness = try AccountHarness()
        let token = try harness.client.create("ada").token
        harness.change()
        #expect(harness.checks.isEmpty && harness.client.isValid(token))
        let request = harness.client.send("auth.start", #"{"token":"\#(token)","password":"x"}"#)
        harness.succeed(harness.bench.lastTransaction, "ada", 5000, nil)
        let proven = try #require(harness.client.answer(to: request)?.result?["token"]?.text)
        harness.found["ada"] = (13, nil, nil)
        harness.change()
        #expect(!harness.client.isValid(proven))
    }

    @Test("with unknown_ends = false a name that nobody knows goes on")
    func forgetful() throws {
        let harness = try AccountHarness(AccountRules(unknownEnds: false))
        let token = try harness.login("ada")
        harness.found["ada"] = (10, nil, nil)
        harness.change()
        harness.found["ada"] = (0, nil, nil)
        harness.change()
        #expect(harness.client.isValid(token))
    }

    @Test("with unknown_ends = false no session survives its uid coming to mean another name")
    func inherited() throws {
        let harness = try AccountHarness(AccountRules(unknownEnds: false))
        let (token, alias) = (try harness.login("ada", uid: 5000), try harness.login("bob", uid: 5001))
        harness.taken = [5000, 5001]
        harness.change()
        #expect(harness.client.isValid(token) && harness.client.isValid(alias))
        for code in [10, 0, 7] as [Int32] {
            let fresh = try harness.login("ada", uid: 5000)
            harness.found["ada"] = (code, nil, nil)
            harness.change()
            #expect(!harness.client.isValid(token) && !harness.client.isValid(fresh))
            #expect(harness.client.isValid(alias))
        }
        #expect(harness.ends == ["ada uid 2", "ada uid 1", "ada uid 1"])
    }

    @Test("a reload changes what is watched, and how")
    func reloaded() throws {
        let harness = try AccountHarness(AccountRules(interval: .zero))
        let token = try harness.login("ada", credential: Self.first)
        harness.found["ada"] = (0, 5000, Self.second)
        harness.change()
        #expect(harness.checks.isEmpty && harness.client.isValid(token))
        var configuration = Configuration.bench()
        for place in configuration.services.indices { configuration.services[place].accounts = AccountRules() }
        _ = try harness.bench.reload(configuration)
        harness.change()
        #expect(!harness.client.isValid(token))
    }
}
