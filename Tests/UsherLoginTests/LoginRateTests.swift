import Testing
import UsherLogin
import UsherNames
import UsherSecrets

/// How many guesses a table lets through, which usher-pam's ceiling is made for.
@Suite("Rate of guesses")
struct LoginRateTests {
    /// What a peer does to be rid of a guess before its floor, or for the worker to get more of them.
    enum Haste: CaseIterable {
        case none, cancels, cancelsAfterVerdict, leaves, leavesAfterVerdict, limits, limitsWhileAsked, fails
    }

    /// A table and peers that guess as fast as it takes them, each time from another address under another name.
    private struct Guessers {
        var table = LoginTable<BenchContext>()
        var now = Duration.seconds(1)
        var counted = 0
        private var number: UInt64 = 0

        mutating func take(_ decisions: [LoginDecision<BenchContext>]) {
            counted += decisions.flatMap(\.actions).count { $0 == .countFailure || $0 == .countUndecided }
        }

        mutating func guess(_ peer: UInt32, _ haste: Haste) {
            let limit = [.limits, .limitsWhileAsked].contains(haste) ? Duration.milliseconds(1) : nil
            while true {
                number += 1
                let name = TransactionName(high: 1, low: number)
                let start = LoginBench.start(
                    user: "u\(number)", timeout: limit, peer: peer, address: "\(number)", connection: number)
                guard (try? table.begin(start, as: name, now: now)) != nil else { return }
                act(name, number, haste)
            }
        }

        private mutating func act(_ name: TransactionName, _ connection: UInt64, _ haste: Haste) {
            if [.none, .cancelsAfterVerdict, .leavesAfterVerdict].contains(haste) {
                take([table.verdict(name, phase: .authentication, code: 7, account: nil, now: now, random: 0)])
            }
            switch haste {
            case .none, .limits: break
            case .cancels, .cancelsAfterVerdict:
                take([try? table.cancelled(name, connection: connection, now: now)])
            case .leaves, .leavesAfterVerdict: take(table.connectionClosed(connection, now: now))
            case .limitsWhileAsked:
                take([table.workerAsked(name, phase: .authentication, prompts: [.code], now: now, random: 0)])
            case .fails: take([table.workerFailed(name, .unavailable, now: now, random: 0)])
            }
        }

        private mutating func take(_ decisions: [LoginDecision<BenchContext>?]) { take(decisions.compactMap(\.self)) }

        mutating func pass(_ time: Duration) {
            now += time
            take(table.expire(now: now))
        }
    }

    @Test("nothing that peers do lets more through than the places there are, in each floor", arguments: Haste.allCases)
    func rate(_ haste: Haste) {
        var guessers = Guessers()
        let (seconds, places) = (3, 320)
        for _ in 0..<seconds * 50 {
            for peer in 1...4 as ClosedRange<UInt32> { guessers.guess(peer, haste) }
            guessers.pass(.milliseconds(20))
        }
        #expect(guessers.counted <= (seconds + 1) * places)
        #expect(guessers.counted > seconds * places / 4, "they do guess")
    }
}
