import Glibc

/// Plays seeded schedules of three hosts and a store, and judges what the hosts accept.
///
///     ClusterSimulation run COUNT [FIRST]              schedules with all rules obeyed: none may fail
///     ClusterSimulation guards [COUNT]                 without any one rule, one of COUNT schedules must fail
///     ClusterSimulation trace SEED [GUARD]             what happens in one schedule
///     ClusterSimulation names                          the rules that are played, and those that are not
@main
struct Main {
    static func main() {
        let words = Array(CommandLine.arguments.dropFirst())
        let numbers = words.dropFirst().compactMap { UInt64($0) }
        switch words.first {
        case "run": finish(run(count: numbers.first ?? 100_000, first: numbers.dropFirst().first ?? 0))
        case "guards": finish(guards(count: numbers.first ?? 200_000, names: Array(words.dropFirst(2))))
        case "trace": trace(numbers.first ?? 0, words.count > 2 ? words[2] : "")
        case "names": names()
        default: finish(false)
        }
    }

    private static func run(count: UInt64, first: UInt64) -> Bool {
        let beginnings = Schedule.Beginnings(missing: .nothing)
        var events = 0
        for seed in first..<first + count {
            let outcome = Schedule.play(seed, from: beginnings)
            events += outcome.events
            if let failure = outcome.failure {
                print("schedule \(seed): \(failure)")
                return false
            }
        }
        print("\(count) schedules, \(events) events, no failure")
        return true
    }

    /// Schedules that fail without a rule that few schedules need: they are played first.
    private static let rare: [String: UInt64] = ["epochBeforeVersion": 422_811, "callOfThisJoin": 4_794_461]

    private static func guards(count: UInt64, names: [String]) -> Bool {
        var isGood = true
        for name in names.isEmpty ? Missing.played : names {
            guard let missing = Missing(name) else { return false }
            let beginnings = Schedule.Beginnings(missing: missing)
            if let (seed, failure) = fail(count, from: beginnings, first: rare[name]) {
                print("without \(name): schedule \(seed): \(failure)")
            } else {
                print("WRONG: without \(name), none of \(count) schedules fails")
                isGood = false
            }
        }
        return isGood
    }

    /// The first schedule that fails. Each is played once: a lazy collection would play the one that it finds twice.
    private static func fail(
        _ count: UInt64, from beginnings: Schedule.Beginnings, first: UInt64?
    ) -> (UInt64, String)? {
        if let first, let failure = Schedule.play(first, from: beginnings).failure { return (first, failure) }
        for seed in 0..<count {
            if let failure = Schedule.play(seed, from: beginnings).failure { return (seed, failure) }
        }
        return nil
    }

    private static func trace(_ seed: UInt64, _ name: String) {
        let missing = Missing(name) ?? .nothing
        let outcome = Schedule.play(seed, from: .init(missing: missing), isTraced: true)
        print(outcome.failure ?? "no failure")
    }

    private static func names() {
        for name in Missing.played { print(name) }
        for name in Missing.unbroken.sorted() { print("unbroken \(name)") }
    }

    private static func finish(_ isGood: Bool) {
        exit(isGood ? 0 : 1)
    }
}
