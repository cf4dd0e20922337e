import Testing
import UsherLogin
import UsherNames

/// A brake with a clock and transactions that the test moves on.
private struct AccountBrakeHarness {
    var brake = AccountBrake()
    var now = Duration.seconds(1000)
    var transaction: UInt64 = 0
    static let credential = AccountCredential(fingerprint: 5, isLocked: false)
    static let held = AccountFinding.held(credential)
    static let denial = AccountFinding.over(.denied, .address)

    /// What a finding counts for, of a transaction that begins now.
    mutating func judge(
        _ user: String, _ finding: AccountFinding = denial, by stack: String = "web"
    ) -> AccountFinding {
        transaction += 1
        return brake.judged(finding, Self.credential, of: user, by: stack, in: transaction, at: now)
    }

    mutating func change() { brake.filesChanged(after: transaction) }
}

@Suite("Account brake")
struct AccountBrakeTests {
    @Test("a service file that denies three users and lets nobody pass ends nobody, and is told once")
    func holds() {
        var harness = AccountBrakeHarness()
        #expect(harness.judge("ada") == .busy && harness.judge("bob") == .busy && harness.judge("ada") == .busy)
        #expect(harness.judge("eve") == AccountBrakeHarness.held && harness.brake.isHeld("web"))
        harness.now += .seconds(86_400)
        for user in ["ada", "bob", "eve", "guy"] { #expect(harness.judge(user) == AccountBrakeHarness.held) }
        #expect(harness.brake.takeNews() == [.init("web", .held)])
        harness.change()
        #expect(harness.judge("ada") == AccountBrakeHarness.held && harness.brake.takeNews().isEmpty)
    }

    @Test("one who is let pass proves the service file: denials count again, at once")
    func releases() {
        var harness = AccountBrakeHarness()
        for user in ["ada", "bob", "eve"] { _ = harness.judge(user) }
        #expect(harness.judge("guy", .alive(nil)) == .alive(nil))
        #expect(harness.brake.takeNews() == [.init("web", .held), .init("web", .released)])
        for user in ["ada", "bob", "eve"] { #expect(harness.judge(user) == AccountBrakeHarness.denial) }
        #expect(!harness.brake.isHeld("web"))
    }

    @Test("of one or two users a denial counts, once others had time to be let pass", arguments: [1, 2])
    func few(_ count: Int) {
        var harness = AccountBrakeHarness()
        let users = ["ada", "bob"].prefix(count)
        for user in users { #expect(harness.judge(user) == .busy) }
        harness.now += .milliseconds(1999)
        for user in users { #expect(harness.judge(user) == .busy) }
        harness.now += .milliseconds(1)
        for user in users { #expect(harness.judge(user) == AccountBrakeHarness.denial) }
        #expect(harness.brake.takeNews().isEmpty)
        // A third one before they are confirmed.
        if count == 2 { for user in ["eve", "ada"] { #expect(harness.judge(user) == AccountBrakeHarness.held) } }
    }

    @Test("every other answer counts at once, whatever is in doubt or held")
    func others() {
        var harness = AccountBrakeHarness()
        let findings: [AccountFinding] = [
            .over(.expired, .service), .over(.unknown, .account), .over(.uid, .account), .over(.locked, .account),
            .over(.password, .account), .undecided("PAM code 9"), .busy,
        ]
        for step in 0..<4 {
            for finding in findings { #expect(harness.judge("ada", finding) == finding) }
            _ = harness.judge("user\(step)")
        }
        #expect(harness.brake.isHeld("web"))
    }

    @Test("what was found before the files changed proves nothing and denies nobody")
    func stale() {
        var harness = AccountBrakeHarness()
        #expect(harness.judge("guy", .alive(nil)) == .alive(nil) && harness.judge("ada") == AccountBrakeHarness.denial)
        let before = harness.transaction
        harness.change()
        harness.brake.noteAlive(by: "web", in: before)
        for user in ["ada", "bob", "eve"] {
            let stale = harness.brake.judged(
                AccountBrakeHarness.denial, nil, of: user, by: "web", in: before, at: harness.now)
            #expect(stale == .busy && harness.judge(user) == (user == "eve" ? AccountBrakeHarness.held : .busy))
        }
    }

    @Test("service files are in doubt each for itself, and one that is not configured any more is forgotten")
    func apart() {
        var harness = AccountBrakeHarness()
        harness.brake.noteAlive(by: "mail", in: 1)
        for user in ["ada", "bob", "eve"] { _ = harness.judge(user) }
        #expect(harness.judge("ada", by: "mail") == AccountBrakeHarness.denial)
        #expect(harness.judge("ada") == AccountBrakeHarness.held)
        harness.brake.setStacks(["mail"])
        #expect(!harness.brake.isHeld("web") && harness.judge("ada") == .busy)
    }
}
