import Testing
import UsherLogin
import UsherNames

@Suite("Account watch")
struct AccountWatchTests {
    @Test("asks about each account once in the interval, evenly", arguments: [1, 2, 10, 500])
    func rounds(_ count: Int) {
        var harness = AccountWatchHarness(count)
        harness.wait(.seconds(450))
        let half = harness.asked.count
        #expect(abs(half - count / 2) <= 1 + count / 20)
        harness.wait(.seconds(452))
        #expect(Set(harness.asked).count == count && harness.asked.count <= count + 1)
        harness.wait(.seconds(900))
        #expect(harness.asked.count >= 2 * count - 1 && harness.asked.count <= 2 * count + 1)
    }

    @Test("asks about everybody when accounts may have changed, at a bounded rate and once")
    func alarm() {
        var harness = AccountWatchHarness(10_000, interval: .seconds(7 * 86_400))
        harness.change()
        let start = harness.now
        harness.drive()
        #expect(harness.asked.count == 1)
        harness.wait(.seconds(10))
        #expect((300...500).contains(harness.asked.count), "\(harness.asked.count)")
        harness.wait(.seconds(250))
        #expect(Set(harness.asked).count == 10_000 && harness.asked.count < 10_400 && harness.now > start)
    }

    @Test("told of a change on its way, it goes on until it has been everywhere since then")
    func again() {
        var harness = AccountWatchHarness(1000)
        harness.change()
        for _ in 0..<5 {
            harness.wait(.seconds(7))
            harness.change()
        }
        let before = harness.asked.count
        harness.wait(.seconds(30))
        #expect(Set(harness.asked[before...]).count >= 1000 - 192)
        #expect(Set(harness.asked).count == 1000)
    }

    @Test("has few checks under way, and those that wait for a directory keep only so many others from theirs")
    func bounded() {
        var harness = AccountWatchHarness(0)
        let intervals = (0..<10).map { ("s\($0)", Duration.seconds(900)) }
        harness.watch.setServices(Dictionary(uniqueKeysWithValues: intervals), at: harness.now)
        harness.accounts = (0..<100).map { "user\($0)@s\($0 % 10)" }
        harness.answer = { _ in nil }
        harness.change()
        harness.wait(.milliseconds(500))
        #expect(harness.watch.open == 4)
        harness.wait(.milliseconds(700))
        #expect(harness.watch.open == 8)
        harness.wait(.seconds(9))
        #expect(harness.watch.open == 16)
        harness.watch.brokerLost(at: harness.now)
        #expect(harness.watch.open == 0)
    }

    @Test("a directory that does not answer keeps nobody else from being checked, however many accounts it has")
    func hanging() {
        var harness = AccountWatchHarness(0)
        harness.accounts = (0..<400).map { $0 % 10 == 9 ? "near\($0)" : "far\($0)" }
        harness.answer = { $0.isOfDirectory ? nil : .alive(nil) }
        for _ in 0..<3 {
            harness.change()
            harness.asked = []
            harness.wait(.seconds(4))
            #expect(harness.asked.filter { $0.hasPrefix("near") }.count == 40)
            #expect(harness.watch.open == 4)
        }
    }

    @Test("modules of a service that do not answer keep accounts of another from nothing")
    func hangingService() {
        var harness = AccountWatchHarness(0)
        harness.watch.setServices(["web": .seconds(900), "mail": .seconds(900)], at: harness.now)
        harness.accounts = (0..<60).map { "user\($0)" } + ["ada@mail"]
        harness.answer = { $0.service == "web" ? nil : .over(.expired, .service) }
        harness.change()
        harness.wait(.seconds(4))
        #expect(harness.outcomes == [.over(.expired, .service)])
    }

    @Test("is quiet while one who is due waits for another check of the user")
    func quiet() {
        var watch = AccountWatch()
        watch.setServices(["web": .seconds(900)], at: .zero)
        watch.mayHaveChanged(.rules, at: .zero)
        let subjects = ["192.0.2.1", "192.0.2.2"].map {
            AccountSubject(user: "ada", uid: 7, service: "web", address: $0)
        }
        _ = watch.next(2, count: 1, at: .seconds(1))
        watch.found(subjects, through: 1, of: nil, 2, at: .seconds(1))
        #expect(watch.next(2, count: 1, at: .seconds(1)) == .ask(subjects[0]))
        _ = watch.answered(subjects[0], .undecided("timeout"), at: .seconds(2))
        #expect(watch.next(2, count: 1, at: .seconds(2)) == .ask(subjects[1]))
        #expect(watch.next(2, count: 1, at: .seconds(8)) == nil)
        #expect(watch.nextDeadline(2, count: 1, at: .seconds(8)) == .seconds(900))
        _ = watch.answered(subjects[1], .alive(nil), at: .seconds(9))
        #expect(watch.next(2, count: 1, at: .seconds(9)) == .ask(subjects[0]))
    }

    @Test("asks one thing about a user at a time")
    func users() {
        var watch = AccountWatch()
        watch.setServices(["web": .seconds(900)], at: .zero)
        watch.mayHaveChanged(.rules, at: .zero)
        let subjects = ["192.0.2.1", "192.0.2.2"].map {
            AccountSubject(user: "ada", uid: 7, service: "web", address: $0)
        }
        guard case .look(let after, _, nil) = watch.next(2, count: 1, at: .seconds(1)) else {
            return #expect(Bool(false), "nothing to look at")
        }
        #expect(after == 0)
        watch.found(subjects, through: 1, of: nil, 2, at: .seconds(1))
        #expect(watch.next(2, count: 1, at: .seconds(1)) == .ask(subjects[0]))
        #expect(watch.next(2, count: 1, at: .seconds(2)) == nil)
        _ = watch.answered(subjects[0], .alive(nil), at: .seconds(2))
        #expect(watch.next(2, count: 1, at: .seconds(2)) == .ask(subjects[1]))
    }

    @Test("no answer that is not definite ends anybody; the pauses grow, and it is told once")
    func undecided() {
        var harness = AccountWatchHarness(1)
        harness.answer = { _ in .undecided("PAM code 9") }
        harness.change()
        harness.drive()
        harness.wait(.seconds(5 + 10 + 20 + 40 + 1))
        #expect(harness.asked.count == 5)
        harness.wait(.seconds(24 * 3600))
        #expect(harness.asked.count < 120)
        #expect(harness.outcomes.allSatisfy { $0 == .nothing })
        #expect(harness.watch.takeNews() == [.away(service: "web", why: "PAM code 9")])
        harness.answer = { _ in .alive(nil) }
        harness.wait(.seconds(901))
        #expect(harness.watch.takeNews() == [.back(service: "web")])
        #expect(harness.outcomes.last == .alive(nil))
    }

    @Test("who is not decided about is asked about when accounts may have changed, whatever the pause")
    func hastened() {
        var harness = AccountWatchHarness(1)
        harness.answer = { _ in .undecided("PAM code 9") }
        harness.change()
        harness.wait(.seconds(3600))
        harness.answer = { _ in .over(.expired, .service) }
        harness.change()
        harness.wait(.seconds(1))
        #expect(harness.outcomes.last == .over(.expired, .service))
    }

    @Test("a user whom nobody can decide about keeps the others from nothing")
    func stuck() {
        var harness = AccountWatchHarness(50)
        harness.answer = { $0.user == "user3" ? .undecided("PAM code 9") : .alive(nil) }
        harness.change()
        harness.wait(.seconds(2))
        #expect(Set(harness.asked).count == 50)
        harness.wait(.seconds(1800))
        #expect(harness.watch.takeNews().count == 1)
    }

    @Test("who is denied or unknown ends when a second answer says so", arguments: [AccountEnd.denied, .unknown])
    func confirmed(_ end: AccountEnd) {
        var harness = AccountWatchHarness(1)
        harness.answer = { _ in .over(end, .address) }
        harness.change()
        harness.drive()
        #expect(harness.outcomes == [.nothing])
        harness.wait(.milliseconds(999))
        #expect(harness.outcomes == [.nothing])
        harness.wait(.milliseconds(10))
        #expect(harness.outcomes == [.nothing, .over(end, .address)])
    }

    @Test("an account of a directory that knows nobody for a moment ends after half a minute")
    func forgotten() {
        var harness = AccountWatchHarness(0)
        harness.accounts = ["far"]
        harness.answer = { _ in .over(.unknown, .account) }
        harness.change()
        harness.drive()
        for _ in 0..<7 {
            harness.change()
            harness.wait(.seconds(4))
        }
        #expect(harness.outcomes == [.nothing])
        harness.wait(.seconds(3))
        #expect(harness.outcomes == [.nothing, .over(.unknown, .account)])
    }

    @Test("a service file that was half written denies nobody for good")
    func contradicted() {
        var harness = AccountWatchHarness(1)
        harness.answer = { _ in .over(.denied, .address) }
        harness.change()
        harness.drive()
        harness.answer = { _ in .alive(nil) }
        harness.wait(.seconds(2))
        #expect(harness.outcomes == [.nothing, .alive(nil)])
    }

    @Test("what is certain ends at once", arguments: [AccountEnd.expired, .uid, .password, .locked])
    func certain(_ end: AccountEnd) {
        var harness = AccountWatchHarness(1)
        harness.answer = { _ in .over(end, .account) }
        harness.change()
        harness.drive()
        #expect(harness.outcomes == [.over(end, .account)])
    }

    @Test(
        "an answer from before a change, or before a login of the user, counts for nothing", arguments: [true, false])
    func stale(_ isLogin: Bool) {
        var harness = AccountWatchHarness(1)
        harness.answer = { _ in nil }
        harness.change()
        harness.drive()
        if isLogin { harness.watch.noteLogin(of: "user0") } else { harness.change() }
        let subject = AccountWatchHarness.subject("user0")
        #expect(harness.watch.answered(subject, .over(.uid, .account), at: harness.now) == .nothing)
        harness.wait(.milliseconds(10))
        #expect(harness.asked == ["user0", "user0"])
        #expect(harness.watch.answered(subject, .over(.uid, .account), at: harness.now) == .over(.uid, .account))
    }

    @Test("changes that do not cease keep no slow answer from counting", arguments: [AccountEnd.expired, .denied])
    func ceaseless(_ end: AccountEnd) {
        var harness = AccountWatchHarness(1)
        harness.answer = { _ in nil }
        let subject = AccountWatchHarness.subject("user0")
        for _ in 0..<20 {
            harness.change()
            harness.wait(.milliseconds(300))
            harness.change()
            harness.outcomes.append(harness.watch.answered(subject, .over(end, .account), at: harness.now))
            harness.drive()
        }
        #expect(harness.outcomes.contains(.over(end, .account)))
    }

    @Test("without the broker it waits, longer each time, tells it once, and then asks about everybody")
    func away() {
        var harness = AccountWatchHarness(3)
        for seconds in [1, 2, 4, 8, 16, 32, 60, 60] {
            harness.watch.brokerLost(at: harness.now)
            harness.asked = []
            harness.wait(.seconds(seconds) - .milliseconds(1))
            #expect(harness.asked.isEmpty)
        }
        #expect(harness.watch.takeNews() == [.away(service: "web", why: "the broker cannot be reached")])
        harness.wait(.seconds(1))
        #expect(Set(harness.asked).count == 3)
        #expect(harness.watch.takeNews() == [.back(service: "web")])
    }

    @Test("logins that take all workers delay it, and are no news")
    func busy() {
        var harness = AccountWatchHarness(1)
        harness.answer = { _ in .busy }
        harness.change()
        harness.wait(.milliseconds(4500))
        #expect((4...6).contains(harness.asked.count) && harness.watch.takeNews().isEmpty)
    }

    @Test("sleeps while nobody has a session, and while nothing is due")
    func sleeps() {
        var harness = AccountWatchHarness(0)
        #expect(harness.watch.nextDeadline(1, count: 0, at: harness.now) == nil)
        harness = AccountWatchHarness(3)
        #expect(harness.wait(.seconds(900)) <= 8)
        var many = AccountWatchHarness(100_000)
        #expect(many.wait(.seconds(10)) < 10_000)
    }
}
