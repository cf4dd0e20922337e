import CLinux
import Testing
import UsherTestKit

/// Whether the time of a refusal tells known, unknown and locked names apart.
///
/// Statistic: the two-sample test of Kolmogorov and Smirnov on 220 answers of each kind, each pair of kinds; the level
/// is 1 in 10,000, so that D must stay below 0.213: a shift by a quarter of the jitter would be seen. A round takes as
/// long as the floor and its doublings, whatever is asked in it, so it asks for 10 of each kind; a round that was slow
/// was so for all three, which makes the test of the differences no weaker. How long the answers take is not asserted,
/// only that they cannot be told apart. Under load some logins take longer than this floor, and more of the kind that
/// is hashed: their doublings are inherited by the others.
@Suite("Times of refusals", .serialized, .enabled(if: Machine.isRoot, "needs root to make accounts"))
struct RefusalTimeTests {
    private enum Kind: CaseIterable { case known, unknown, locked }

    private static let rounds = 22
    /// Of each kind in one round: 30 of 80 logins are one peer's from places that are not known.
    private static let each = 10
    /// Of each kind: a name is guessed three times in a round at most, so that it has to wait in none, and the broker's
    /// ceiling is far.
    private static let accounts = 4
    private static let service = DevDaemon.Service(
        name: "unix", stack: "auth required pam_unix.so\naccount required pam_unix.so", allowsNoAccount: false)

    private struct Names {
        let known: [TestAccount]
        let locked: [TestAccount]

        init(_ directory: TestDirectory) throws {
            known = try (0..<accounts).map { _ in try TestAccount(directory, rounds: 5000) }
            locked = try (0..<accounts).map { _ in try TestAccount(directory, rounds: 5000) }
            for account in locked { try account.change("-L") }
        }

        func name(_ kind: Kind, _ index: Int) -> String {
            switch kind {
            case .known: known[index % accounts].name
            case .locked: locked[index % accounts].name
            case .unknown: "usher-none-\(UInt32.random(in: 0 ... .max))"
            }
        }
    }

    @Test("cannot tell known, unknown and locked apart, quiet or under load", arguments: [false, true])
    func indistinguishable(isLoaded: Bool) throws {
        let directory = try TestDirectory()
        let names = try Names(directory)
        let daemon = try DevDaemon([Self.service], floor: "150ms", limits: "logins = 80")
        let client = try daemon.client()
        let load = try (0..<(isLoaded ? 2 : 0)).map { index in
            try TestProcess(["sh", "-c", "while :; do :; done"], output: directory.path("load\(index)"))
        }
        var times: [Kind: [Int64]] = [:]
        for _ in 0..<Self.rounds {
            for (kind, time) in try round(client, names) { times[kind, default: []].append(time) }
            try client.call("limiter.clear")
        }
        for process in load { process.kill() }
        for (one, other) in [(Kind.known, Kind.unknown), (.known, .locked), (.unknown, .locked)] {
            let distance = KolmogorovSmirnov.distance(times[one] ?? [], times[other] ?? [])
            let limit = KolmogorovSmirnov.limit(Self.rounds * Self.each, Self.rounds * Self.each)
            #expect(distance < limit, "\(one) and \(other): D = \(distance), limit \(limit)")
        }
    }

    /// Some of each kind at once, in any order; the time of each answer, in nanoseconds.
    private func round(_ client: TestClient, _ names: Names) throws -> [(Kind, Int64)] {
        let guesses = Kind.allCases.flatMap { kind in (0..<Self.each).map { (kind, $0) } }.shuffled()
        var open: [Int64: (kind: Kind, start: Int64)] = [:]
        for (kind, index) in guesses {
            let start = usher_boottime()
            let id = try client.start(
                "auth.start", ["user": .text(names.name(kind, index)), "password": "wrong", "service": "unix"])
            open[id] = (kind, start)
        }
        return try guesses.map { _ in
            guard let message = try client.receive(), let asked = open[message["id"]?.integer ?? 0] else {
                throw TestFailure("no answer")
            }
            let time = usher_boottime() - asked.start
            guard Answer(message).reason == "denied" else { throw TestFailure("\(message)") }
            return (asked.kind, time)
        }
    }

    @Test("the statistic sees what it is there for: a difference of a quarter of the spread")
    func power() {
        let same = (0..<220).map { Int64($0) }
        #expect(KolmogorovSmirnov.distance(same, same.shuffled()) == 0)
        let shifted = same.map { $0 + 55 }
        #expect(KolmogorovSmirnov.distance(same, shifted) > KolmogorovSmirnov.limit(220, 220))
    }
}

/// The test of Kolmogorov and Smirnov for two samples.
enum KolmogorovSmirnov {
    /// The largest distance between the two empirical distributions.
    static func distance(_ one: [Int64], _ other: [Int64]) -> Double {
        let (one, other) = (one.sorted(), other.sorted())
        var (i, j, largest) = (0, 0, 0.0)
        while i < one.count, j < other.count {
            let value = min(one[i], other[j])
            while i < one.count, one[i] == value { i += 1 }
            while j < other.count, other[j] == value { j += 1 }
            largest = max(largest, abs(Double(i) / Double(one.count) - Double(j) / Double(other.count)))
        }
        return largest
    }

    /// What the distance of two samples of one distribution exceeds once in 10,000: 2.2253 * sqrt((n + m) / nm), where
    /// 2.2253 = sqrt(-ln(0.0001 / 2) / 2).
    static func limit(_ one: Int, _ other: Int) -> Double {
        2.2253 * (Double(one + other) / (Double(one) * Double(other))).squareRoot()
    }
}
