import Testing
import UsherLogin
import UsherNames

/// Logins whose clients leave the first question unanswered.
@Suite("Login table: room")
struct LoginRoomTests {
    private static let start = LoginBench.start(password: false, address: "2001:db8::")

    /// A table, and the clock of its logins.
    private var table = LoginTable<BenchContext>()
    private var begun = 0

    private static func name(_ index: Int) -> TransactionName { TransactionName(high: 9, low: UInt64(index)) }

    /// Begins `count` logins without a password, which PAM asks for.
    private mutating func ask(
        _ count: Int, peer: UInt32 = 1000, known: Bool = false, from address: (Int) -> String
    ) throws {
        for index in 0..<count {
            let start = LoginBench.start(password: false, peer: peer, address: address(index), known: known)
            try table.begin(start, as: Self.name(begun), now: .seconds(1))
            _ = table.workerAsked(
                Self.name(begun), phase: .authentication, prompts: [.password], now: .seconds(1), random: 0)
            begun += 1
        }
    }

    /// Which of them ends for a login that begins by `start`; nil if none does.
    private mutating func displaced(for start: LoginStart = start) -> Int? {
        guard let decision = table.makeRoom(for: start, now: .seconds(2)) else { return nil }
        #expect(decision.actions == [.cancelWorker, .refuse(.busy(retryAfter: .seconds(1)))])
        return (0..<begun).first { Self.name($0) == decision.login.name }
    }

    private mutating func begins(_ start: LoginStart = start) -> Bool {
        (try? table.begin(start, as: LoginBench.id, now: .seconds(2))) != nil
    }

    @Test("the oldest of a source ends for the source's next one")
    mutating func source() throws {
        try ask(4) { _ in "2001:db8::" }
        #expect(!begins())
        #expect(displaced() == 0 && table.open == 3)
        #expect(begins() && displaced() == 1)
    }

    @Test("nobody makes room where there is a place")
    mutating func unneeded() throws {
        try ask(23) { "192.0.2.\($0 / 4)" }
        #expect(displaced() == nil && begins())
    }

    @Test("whatever one peer's strangers leave unanswered, the next one has a place")
    mutating func peer() throws {
        try ask(24) { "192.0.2.\($0 / 4)" }
        #expect(!begins())
        #expect(displaced() == 0 && begins())
    }

    @Test("the source that has most gives way, and not a person who types")
    mutating func most() throws {
        try ask(1) { _ in "198.51.100.1" }
        try ask(23) { "192.0.2.\($0 / 4)" }
        for expected in [1, 5, 9] {
            #expect(displaced() == expected)
            try ask(1) { _ in "2001:db8:\(expected)::" }
        }
    }

    @Test("a login from a known source has a place, ends for known ones alone, and after those that are not known")
    mutating func known() throws {
        try ask(24) { "192.0.2.\($0 / 4)" }
        try ask(8, known: true) { "198.51.100.\($0)" }
        let owner = LoginBench.start(password: false, address: "2001:db8::1", known: true)
        #expect(displaced(for: owner) == 0 && begins(owner))
        var others = LoginRoomTests()
        try others.ask(32, known: true) { "198.51.100.\($0)" }
        #expect(others.displaced() == nil && !others.begins())
        #expect(others.displaced(for: owner) == 0 && others.begins(owner))
    }

    @Test("no login ends in which PAM is at work, or has an answer", arguments: [false, true])
    mutating func busy(_ answers: Bool) throws {
        if answers {
            try ask(24) { "192.0.2.\($0)" }
            for index in 0..<24 {
                let (name, now) = (Self.name(index), Duration.seconds(1))
                _ = try table.answered(name, connection: LoginBench.connection, count: 1, now: now, random: 0)
                if index % 2 == 0 {
                    _ = table.workerAsked(name, phase: .authentication, prompts: [.code], now: now, random: 0)
                }
            }
        } else {
            for index in 0..<24 {
                let start = LoginBench.start(password: index % 2 == 0, address: "192.0.2.\(index)")
                try table.begin(start, as: Self.name(index), now: .seconds(1))
            }
        }
        #expect(displaced() == nil && !begins() && table.open == 24)
    }

    @Test("where all places are taken, the peer with most gives way, until another one has as many")
    mutating func all() throws {
        for peer in 1...2 as ClosedRange<UInt32> { try ask(24, peer: peer) { "192.0.2.\($0)" } }
        try ask(12, peer: 3) { "192.0.2.\($0)" }
        var taken = 0
        for index in 0..<30 {
            let start = LoginBench.start(password: false, peer: 4, address: "192.0.2.\(index)")
            guard let loser = displaced(for: start) else { break }
            #expect(loser < 48, "not of the peer that has few")
            try ask(1, peer: 4) { _ in "192.0.2.\(index)" }
            taken += 1
        }
        #expect(taken == 16 && table.open == 60, "24, 24, 12 and none have become 16, 16, 12 and 16")
    }
}
