import Testing
import UsherLogin
import UsherNames

@Suite("Account surveys")
struct AccountSurveyTests {
    /// Ten thousand accounts that are known, none of which is due in the next seconds.
    private func crowd(_ count: Int = 10_000) -> AccountWatchHarness {
        var harness = AccountWatchHarness(count, interval: .seconds(7 * 86_400))
        harness.knowAll()
        return harness
    }

    @Test("of ten thousand accounts the one that has changed is asked about within a second, and nobody else")
    func changed() {
        var harness = crowd()
        harness.entries["user5000"] = 1
        harness.answer = { _ in .over(.expired, .service) }
        harness.change(.entries)
        harness.wait(.seconds(1))
        #expect(harness.asked == ["user5000"] && harness.outcomes == [.over(.expired, .service)])
        #expect(harness.batches.reduce(0, +) == 10_000)
        harness.change(.entries)
        harness.wait(.seconds(1))
        #expect(harness.asked.count == 1)
    }

    @Test("a change of entries asks about them before everybody whom a change of rules has asked about")
    func before() {
        var harness = crowd()
        harness.change()
        harness.wait(.seconds(5))
        let before = harness.asked.count
        harness.entries["user9000"] = 1
        harness.change(.entries)
        harness.wait(.milliseconds(200))
        #expect(harness.asked[before...].contains("user9000"))
    }

    @Test("who has changed and is under way is asked about again")
    func underWay() {
        var harness = crowd(1)
        harness.answer = { _ in nil }
        harness.change()
        harness.drive()
        harness.entries["user0"] = 1
        harness.change(.entries)
        harness.drive()
        let subject = AccountWatchHarness.subject("user0")
        #expect(harness.watch.answered(subject, .alive(nil), at: harness.now) == .nothing)
        harness.wait(.seconds(1))
        #expect(harness.asked.count == 2)
    }

    @Test("told of a change on its way, it looks at everybody again who was looked at before")
    func again() {
        var harness = crowd(640)
        harness.delay = .milliseconds(10)
        harness.change(.entries)
        harness.wait(.milliseconds(150))
        harness.entries["user3"] = 1
        harness.change(.entries)
        harness.wait(.seconds(2))
        #expect(harness.asked == ["user3"])
        #expect(harness.batches.reduce(0, +) < 1280)
    }

    @Test("rests three times as long as a batch takes, whatever changes meanwhile")
    func rests() {
        var harness = crowd(640)
        harness.delay = .milliseconds(20)
        for _ in 0..<50 {
            harness.change(.entries)
            harness.wait(.milliseconds(200))
        }
        #expect((100...140).contains(harness.batches.count), "\(harness.batches.count)")
    }

    @Test("changes of entries that do not cease keep no change of rules from being asked about")
    func ceaseless() {
        var harness = crowd(640)
        harness.delay = .milliseconds(50)
        for second in 0..<40 {
            harness.change(second == 5 ? .all : .entries)
            harness.wait(.seconds(1))
        }
        #expect(Set(harness.asked).count == 640)
    }

    /// Accounts of a directory that is away, all of them asked about in vain, and one of the host's.
    private func undecided() -> AccountWatchHarness {
        var harness = AccountWatchHarness(0, interval: .seconds(7 * 86_400))
        harness.accounts = (0..<600).map { "far\($0)" } + ["near"]
        harness.knowAll()
        harness.answer = { $0.isOfDirectory ? .undecided("PAM code 9") : .over(.expired, .service) }
        harness.change()
        harness.wait(.seconds(120))
        harness.asked = []
        return harness
    }

    @Test("who has changed is asked about before those whom nobody could decide about")
    func undecidedWait() {
        for changes in [AccountChanges.entries, .all] {
            var harness = undecided()
            harness.entries["near"] = 1
            harness.change(changes)
            harness.wait(.milliseconds(200))
            #expect(harness.asked.contains("near"))
        }
    }

    @Test("a change of entries asks about those of the undecided that have changed")
    func undecidedChanged() {
        var harness = undecided()
        harness.answer = { _ in .over(.expired, .service) }
        harness.entries["far7"] = 1
        harness.change(.entries)
        harness.wait(.milliseconds(200))
        #expect(harness.asked.filter { $0 == "far7" } == ["far7"] && harness.asked.count < 10)
    }

    @Test("has one batch under way, and none of checks after it while it has no answer")
    func hanging() {
        var harness = crowd(200)
        harness.batch = .hanging
        harness.change(.all)
        harness.wait(.seconds(60))
        #expect(harness.batches == [64] && harness.asked.isEmpty)
        harness.watch.surveyFailed("timeout", at: harness.now)
        harness.wait(.seconds(60))
        #expect(Set(harness.asked).count == 200)
    }

    @Test("where it fails all are asked about, it is told once, and it is tried again after a pause that grows")
    func failed() {
        var harness = crowd(200)
        harness.batch = .failed
        harness.change(.entries)
        harness.wait(.seconds(20))
        #expect(Set(harness.asked).count == 200 && harness.batches == [64])
        for _ in 0..<1000 {
            harness.change(.entries)
            harness.wait(.seconds(60))
        }
        #expect((60...80).contains(harness.batches.count), "\(harness.batches.count)")
        #expect(harness.watch.takeNews() == [.unsurveyed(why: "timeout")])
        harness.batch = .answered
        harness.change(.entries)
        harness.wait(.seconds(901))
        harness.change(.entries)
        harness.wait(.seconds(1))
        #expect(harness.watch.takeNews() == [.surveyedAgain])
    }

    @Test("logins that take all workers delay it, and are no news")
    func busy() {
        var harness = crowd(10)
        harness.batch = .busy
        harness.change(.entries)
        harness.wait(.seconds(5))
        #expect((4...6).contains(harness.batches.count) && harness.asked.isEmpty)
        #expect(harness.watch.takeNews().isEmpty)
    }

    @Test("who is not known is asked about at the usual pace, and by the round after a change of rules alone")
    func unknown() {
        var harness = crowd(100)
        harness.known = [:]
        harness.change(.entries)
        harness.wait(.seconds(10))
        #expect(Set(harness.asked).count == 100 && harness.asked.count == 100)
        harness.known = [:]
        harness.change(.all)
        harness.wait(.seconds(10))
        #expect(harness.asked.count == 200)
    }

    @Test("too many who are not known are asked about in turn, as after a change of rules")
    func manyUnknown() {
        var harness = crowd(3000)
        harness.known = [:]
        harness.change(.entries)
        harness.wait(.seconds(300))
        #expect(Set(harness.asked).count == 3000)
    }

    @Test("when all ten thousand change, some dozen are asked about at once and all in the end")
    func allChanged() {
        var harness = crowd()
        for user in harness.accounts { harness.entries[user] = 1 }
        harness.change(.entries)
        harness.wait(.seconds(1))
        #expect((40...200).contains(harness.asked.count), "\(harness.asked.count)")
        harness.wait(.seconds(300))
        #expect(Set(harness.asked).count == 10_000 && harness.asked.count < 10_020)
    }

    @Test("an account with more sessions than have room waits until nobody else does, and not for ever")
    func manySessions() {
        var harness = crowd(2)
        func subjects(_ user: String) -> Set<AccountSubject> {
            Set((0..<3000).map { AccountSubject(user: user, uid: 7, service: "web", address: "192.0.2.\($0)") })
        }
        let (first, second) = (subjects("user0"), subjects("user1"))
        let firstHasRoom = harness.watch.surveyFound(first, isChanged: true)
        let secondHasRoom = harness.watch.surveyFound(second, isChanged: true)
        #expect(firstHasRoom && !secondHasRoom)
        harness.wait(.seconds(120))
        #expect(harness.asked.count == 3000)
        let secondHasRoomLater = harness.watch.surveyFound(second, isChanged: true)
        #expect(secondHasRoomLater)
    }

    @Test("after the broker was lost everybody is surveyed, and then asked about")
    func lost() {
        var harness = crowd(100)
        harness.entries["user70"] = 1
        harness.watch.brokerLost(at: harness.now)
        harness.wait(.milliseconds(1100))
        #expect(harness.asked.first == "user70")
        harness.wait(.seconds(10))
        #expect(Set(harness.asked).count == 100)
    }

    @Test("nobody is surveyed where no service is watched, or nobody has a session")
    func unwatched() {
        var harness = crowd(10)
        harness.watch.setServices([:], at: harness.now)
        harness.change(.all)
        harness.wait(.seconds(10))
        #expect(harness.batches.isEmpty)
        harness.watch.setServices(["web": .seconds(900)], at: harness.now)
        harness.watch.rest(at: harness.now)
        harness.wait(.seconds(10))
        #expect(harness.batches.isEmpty && harness.asked.isEmpty)
    }
}

@Suite("Account pace")
struct AccountPaceTests {
    /// How many of `count` accounts are asked about in ten seconds after a change of rules, when a check takes `work`.
    private func checked(_ count: Int, in interval: Duration, work: Duration) -> Int {
        var watch = AccountWatch()
        let (start, frontier) = (Duration.seconds(1000), UInt32(count + 1))
        watch.setServices(["web": interval], at: start)
        watch.mayHaveChanged(.rules, at: start)
        var (now, asked) = (start, 0)
        while let next = watch.nextDeadline(frontier, count: count, at: now), next < start + .seconds(10) {
            now = max(now, next)
            while let step = watch.next(frontier, count: count, at: now) {
                switch step {
                case .ask(let subject):
                    asked += 1
                    _ = watch.answered(subject, .alive(nil), work: work, at: now)
                case .look(let after, let before, let service):
                    let last = min(after + 64, before - 1)
                    let found = after < last ? (after + 1...last).map { AccountWatchHarness.subject("user\($0)") } : []
                    watch.found(found, through: last, of: service, frontier, at: now)
                case .survey: break
                }
            }
        }
        return asked
    }

    @Test("leaves three quarters of a processor alone, whatever a check takes", arguments: [1, 3, 6, 20])
    func quarter(_ milliseconds: Int) {
        let work = Duration.milliseconds(milliseconds)
        let asked = checked(10_000, in: .seconds(86_400), work: work)
        let used = (work + AccountWatch.Limits().overhead) * asked
        #expect(used < .milliseconds(2800) && used > .milliseconds(2000), "\(asked) checks took \(used)")
    }

    @Test("is no faster for the short interval of a service that hardly anybody uses, once that is known")
    func others() {
        var harness = AccountWatchHarness(5000, interval: .seconds(86_400))
        harness.watch.setServices(["web": .seconds(86_400), "rare": .seconds(10)], at: harness.now)
        harness.wait(.seconds(30))
        harness.change()
        let before = harness.asked.count
        harness.wait(.seconds(10))
        #expect((300...500).contains(harness.asked.count - before), "\(harness.asked.count - before)")
    }

    @Test("is as fast as the interval of the service needs, if that is faster")
    func needed() {
        #expect(checked(10_000, in: .seconds(60), work: .milliseconds(20)) > 10 * 10_000 / 60)
    }
}
