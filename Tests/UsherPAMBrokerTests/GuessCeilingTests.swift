import Testing
import UsherPAMWire
import UsherTestKit

@testable import UsherPAMBroker

@Suite("Broker: the ceiling of guesses")
struct GuessCeilingTests {
    /// Guesses at `user` that were let through, of `count`.
    private func guesses(_ host: inout Host, _ count: Int, user: String, from first: UInt64 = 1) -> Int {
        var passed = 0
        for number in first..<first + UInt64(count) {
            if case .fail? = host.start(number, peer: UInt32(number % 7), user: user).first { continue }
            passed += 1
            _ = host.decideNext(denied: true)
        }
        return passed
    }

    @Test("a name is guessed a hundred times, then once in five minutes, whoever asks")
    func ceiling() {
        var host = Host()
        #expect(guesses(&host, 500, user: "ann") == 100)
        #expect(guesses(&host, 50, user: "ANN", from: 1000) == 0, "in other letters it is the same name")
        guard case .fail(_, .busy(let wait))? = host.start(2000, peer: 1, user: "ann").first else {
            Issue.record("not busy")
            return
        }
        #expect(wait == .seconds(300))
        host.now += .seconds(299)
        #expect(guesses(&host, 5, user: "ann", from: 3000) == 0)
        host.now += .seconds(1)
        #expect(guesses(&host, 5, user: "ann", from: 4000) == 1)
        host.now += .seconds(86_400)
        #expect(guesses(&host, 500, user: "ann", from: 5000) == 100)
        #expect(guesses(&host, 5, user: "bob", from: 6000) == 5)
    }

    @Test("as many as it says are let through also where all of them come within one second", arguments: [1, 400, 999])
    func sameSecond(_ milliseconds: Int) {
        var host = Host()
        host.now += .milliseconds(milliseconds)
        #expect(guesses(&host, 150, user: "ann") == 100)
        host.now += .seconds(298)
        #expect(guesses(&host, 5, user: "ann", from: 1000) == 0)
        host.now += .seconds(2)
        #expect(guesses(&host, 5, user: "ann", from: 2000) == 1)
    }

    /// How many of a thousand real names are closed after `count` guesses a second at names that are made up, for
    /// longer than it takes to fill whatever can be filled. Room is 5, so that it takes no hours.
    private func closed(after count: Double) -> Int {
        var (ceiling, names) = (GuessCeiling(room: 5, interval: .seconds(300)), SplitMix(seed: 7))
        let seconds = 1800
        for second in 1...seconds {
            for _ in 0..<Int(count) {
                _ = ceiling.take(Int(names.next() % UInt64(GuessCeiling.places)), at: .seconds(second))
            }
        }
        return (0..<1000).count { ceiling.take(ceiling.place(of: "real-\($0)"), at: .seconds(seconds)) != nil }
    }

    @Test("names made up as fast as usherd can refuse them close out nobody who is real")
    func madeUp() {
        let leak = Double(GuessCeiling.places) / 300
        #expect(leak > 2 * 320, "an honest usherd counts no more: LoginRateTests")
        #expect(closed(after: 320) < 10)
        #expect(closed(after: 3 * leak) > 500, "beyond what leaks they do")
    }

    @Test("spellings of one account are one counter, whatever they are")
    func spellings() {
        var host = Host(guesses: 10)
        var told = 0
        for number in 1...28 as ClosedRange<UInt64> {
            host.start(number, peer: 1, user: "spelling \(number / 2)")
            if host.decide(code: 7, user: "Ada").contains(.relay(host.client)) { told += 1 }
        }
        #expect(told == 10)
        host.start(100, peer: 1, user: "another")
        let right = host.decide(code: 0, user: "ADA")
        #expect(right.contains(.deny(host.key(100))) && !right.contains(.relay(host.client)))
        #expect(host.room(for: "ada") == 0 && host.room(for: "another") == 9)
        host.now += .seconds(300)
        host.start(101, peer: 1, user: "another")
        #expect(host.decide(code: 0, user: "ada").contains(.relay(host.client)))
        #expect(host.room(for: "ada") == 1 && host.room(for: "another") == 10, "a right one gives all room back")
    }

    @Test("of an account that is closed nobody learns by the question for a new password that the old one was right")
    func passwordChange() {
        var host = Host(guesses: 1)
        host.start(1, peer: 1, user: "one")
        host.decide(code: 7, user: "ada")
        host.start(2, peer: 1, user: "two")
        let actions = host.ask(.passwordChange, user: "ada")
        #expect(actions.first == .deny(host.key(2)) && actions.contains(.reportClosed(user: "ada")))
        #expect(actions.contains(.cancel(WorkerID(number: 2), transaction: 2)))
        host.start(3, peer: 1, user: "three")
        #expect(
            host.ask(.passwordChange, user: "three") == [.relay(host.client)], "by the account's own name it is asked")
    }

    @Test("what a directory that is away leaves undecided is no guess, but takes room for an hour")
    func undecided() {
        var host = Host()
        func undecided(_ first: UInt64, _ code: Int32, _ options: PAMOptions = []) -> Int {
            (first..<first + 200).count { number in
                host.start(number, peer: 1, user: "ada", options: options)
                return host.decide(code: code).contains(.relay(host.client))
            }
        }
        #expect(undecided(1000, 9) == 100)
        host.now += .seconds(3600)
        #expect(undecided(2000, 24) == 100)
        host.now += .seconds(3600)
        #expect(undecided(3000, 4, .systemErrorIsUndecided) == 100)
        host.now += .seconds(3600)
        #expect(host.room(for: "ada") == 100)
        #expect(undecided(4000, 4) == 100)
        host.now += .seconds(3600)
        #expect(host.room(for: "ada") == 12, "a wrong password takes five minutes")
    }

    @Test("a login by a service that is not there is no guess")
    func missingService() {
        var host = Host(guesses: 3)
        host.start(1, peer: 1, user: "ann")
        #expect(host.room(for: "ann") == 2)
        host.missNext()
        #expect(host.room(for: "ann") == 3)
    }

    @Test("that a name is closed is said with the first login that finds it so")
    func closes() {
        var host = Host(guesses: 1)
        #expect(guesses(&host, 1, user: "ann") == 1)
        let wait = BrokerAction.fail(host.key(2), .busy(retryAfter: .seconds(300)))
        #expect(host.start(2, peer: 1, user: "ann") == [wait, .reportClosed(user: "ann")])
        #expect(host.start(2, peer: 1, user: "ann") == [wait])
    }

    @Test("it is said once in five minutes, and of 64 names at most")
    func news() {
        var ceiling = GuessCeiling(room: 1, interval: .seconds(300))
        func news(_ places: [Int], _ second: Int) -> [Int] {
            places.filter { ceiling.isNews($0, at: .seconds(second)) }
        }
        #expect(news(Array(1...64), 1).count == 64)
        #expect(news([1, 64, 65], 300) == [])
        #expect(news([1, 64, 65, 1], 301) == [1, 64, 65])
    }

    @Test("who proves the secret takes no room, also where the account says no")
    func proven() {
        var host = Host()
        for number in 1...1000 as ClosedRange<UInt64> {
            #expect(host.start(number, peer: 1, user: "ann").count > 1)
            _ = host.decideNext()
        }
        let expired = PAMVerdict(transaction: 5000, phase: .account, code: 13)
        for _ in 0..<200 {
            host.start(5000, peer: 1, user: "ann")
            let worker = host.state.workers.first { $0.value.occupation.key != nil }?.key ?? WorkerID(number: 0)
            #expect(host.state.reported(worker, .verdict(expired), at: host.now).contains(.relay(host.client)))
            _ = host.state.workerEnded(worker, .exited(status: 0), isOfLatest: true, at: host.now)
        }
        #expect(guesses(&host, 500, user: "ann", from: 6000) == 100)
    }

    /// How far a login of ann has come when it ends, and whether that was a guess: a worker has got a secret.
    struct Progress: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let isGuess: Bool
        let steps: @Sendable (inout Host) -> Void

        static let all = [
            Progress(testDescription: "password passed", isGuess: true) { $0.start(1, peer: 1, user: "ann") },
            Progress(testDescription: "password waits", isGuess: false) {
                $0.start(2, peer: 2)
                $0.start(1, peer: 1, user: "ann")
            },
            Progress(testDescription: "no password", isGuess: false) {
                $0.start(1, peer: 1, user: "ann", password: false)
            },
            Progress(testDescription: "asked", isGuess: false) {
                $0.start(1, peer: 1, user: "ann", password: false)
                $0.askNext()
            },
            Progress(testDescription: "answers passed", isGuess: true) {
                $0.start(1, peer: 1, user: "ann", password: false)
                $0.askNext()
                _ = $0.state.answered($0.key(1), at: $0.now)
            },
            Progress(testDescription: "answers wait", isGuess: false) {
                $0.start(1, peer: 1, user: "ann", password: false)
                $0.askNext()
                $0.start(2, peer: 2)
                _ = $0.state.answered($0.key(1), at: $0.now)
            },
            Progress(testDescription: "asked again", isGuess: true) {
                $0.start(1, peer: 1, user: "ann")
                $0.askNext()
            },
        ]
    }

    @Test(
        "a login that is cut off, however that happens, counts if a worker has got a secret, and only then",
        arguments: Progress.all)
    func cutOff(_ progress: Progress) {
        for end in [
            { _ = $0.state.cancelled($0.key(1), at: $0.now) },
            { _ = $0.state.clientGone($0.client, at: $0.now) },
            { _ = $0.state.stopRequested(at: $0.now) },
            {
                $0.now += .seconds(60)
                _ = $0.state.timePassed(to: $0.now)
            },
        ] as [(inout Host) -> Void] {
            var host = Host(guesses: 3)
            progress.steps(&host)
            #expect(host.state.transactions[host.key(1)] != nil && host.room(for: "ann") == 2)
            end(&host)
            #expect(host.state.transactions[host.key(1)] == nil)
            #expect(host.room(for: "ann") == (progress.isGuess ? 2 : 3))
        }
    }

    @Test("a refusal by a module that asks nothing is no guess, nor is a login for which no worker could be made")
    func withoutSecret() {
        var host = Host(guesses: 3)
        host.start(1, peer: 1, user: "ann", password: false)
        _ = host.decideNext(denied: true)
        #expect(host.room(for: "ann") == 3)
        host.start(2, peer: 1, user: "ann")
        _ = host.state.spawnFailed(WorkerID(number: 2), at: host.now)
        #expect(host.room(for: "ann") == 3)
    }

    @Test("a worker that dies over a secret leaves a guess")
    func crashed() {
        var host = Host(guesses: 3)
        host.start(1, peer: 1, user: "ann")
        _ = host.state.workerEnded(WorkerID(number: 1), .killed(signal: 11), isOfLatest: true, at: host.now)
        #expect(host.room(for: "ann") == 2)
    }

    @Test("any number of logins that are left before a secret was given close nobody out")
    func left() {
        var host = Host()
        for number in 1...200 as ClosedRange<UInt64> {
            let worker = WorkerID(number: number)
            #expect(host.start(number, peer: 1, user: "ann", password: false).contains(.pass(worker)))
            host.askNext()
            _ = host.state.cancelled(host.key(number), at: host.now)
            _ = host.state.workerEnded(worker, .exited(status: 0), isOfLatest: true, at: host.now)
        }
        #expect(host.room(for: "ann") == 100)
    }
}
