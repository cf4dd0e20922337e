import CLinux
import Testing
import UsherClient
import UsherTestKit

/// Eight processes that answer from the board, while sessions are revoked, rotated and updated.
///
/// What would make this test lie: validators that ask the daemon each time (so each must have accepted every session
/// from memory before the first change, most checks must be answered from memory, and of the changes that a validator
/// looks at many must be of a session that its memory had accepted just before); a change that is published before its
/// answer (it is one store after the call has returned); a check that reads the published word too late (it is read
/// before the check, with acquire order); and validators that do not run beside the changes (each change waits until
/// the checks have gone on).
@Suite("Linearity")
struct LinearityTests {
    private static let validators = 8
    private static let sessions = 2048
    private static let checks: UInt64 = 1_000_000

    @Test("once a change has been answered, nobody accepts the old state from memory: not once in a million checks")
    func changes() throws {
        let daemon = try DevDaemon()
        let client = UsherClient(.development(directory: daemon.directory))
        let words = try SharedWords(count: ValidatorWords.count(validators: Self.validators))
        let tokens = try (0..<Self.sessions).map { number in
            try client.blocking.create(user: "linear-\(number / 50)", methods: ["pwd"]).token
        }
        let processes = try start(daemon, tokens, words)
        try eventually("all have all in memory", within: .seconds(60)) {
            sum(.warm, words) == UInt64(Self.validators * Self.sessions)
        }
        for (index, token) in tokens.enumerated() {
            try change(token, SessionChange(ofSession: index), client)
            words[ValidatorWords.changed] = UInt64(index + 1)
            let wanted = UInt64(index + 1) * Self.checks / UInt64(Self.sessions)
            try eventually("checks go on", within: .seconds(60)) { sum(.checks, words) >= wanted }
        }
        words[ValidatorWords.stop] = 1
        for process in processes { #expect(try process.wait() == .status(0), "\(process.written)") }
        judge(words)
    }

    private func start(_ daemon: DevDaemon, _ tokens: [Token], _ words: SharedWords) throws -> [TestProcess] {
        let file = "\(daemon.directory)/tokens"
        try File.write(tokens.map(\.text).joined(separator: "\n"), to: file)
        return try (0..<Self.validators).map { number in
            try TestProcess(
                ["\(Built.directory)/BoardValidator", daemon.directory, file, "\(number)"],
                output: "\(daemon.directory)/validator-\(number)", descriptors: [3: words.descriptor])
        }
    }

    private func change(_ token: Token, _ change: SessionChange, _ client: UsherClient) throws {
        switch change {
        case .revoked: #expect(try client.blocking.revoke(token) == 1)
        case .rotated: _ = try client.blocking.rotate(token)
        case .updated: #expect(try client.blocking.update(token, changes: ["state": "changed"]) == 2)
        }
    }

    private func sum(_ count: ValidatorWords.Count, _ words: SharedWords) -> UInt64 {
        (0..<Self.validators).reduce(0) { $0 + words[ValidatorWords.word(count, of: $1)] }
    }

    private func judge(_ words: SharedWords) {
        for validator in 0..<Self.validators {
            let count = { words[ValidatorWords.word($0, of: validator)] }
            let told = ValidatorWords.Count.allCases.map { "\($0) \(count($0))" }.joined(separator: ", ")
            #expect(count(.wrong) == 0 && count(.missed) == 0 && count(.failed) == 0, "\(told)")
            #expect(count(.warm) == Self.sessions, "\(told)")
            #expect(count(.remembered) > count(.checks) / 2 && count(.turned) > Self.sessions / 16, "\(told)")
        }
        #expect(sum(.checks, words) >= Self.checks)
    }
}
