import CLinux
import UsherClient
import UsherTestKit

/// `BoardValidator DIRECTORY TOKENS NUMBER`: validates the sessions whose tokens stand in the file TOKENS, mostly from
/// memory, while another process changes them one after the other. Descriptor 3 has the words of ``ValidatorWords``.
@main
struct BoardValidator {
    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 4, let number = Int(arguments[3]) else { throw TestFailure("DIRECTORY TOKENS NUMBER") }
        var configuration = ClientConfiguration.development(directory: arguments[1])
        configuration.cacheCapacity = 1 << 15
        configuration.deadline = .seconds(60)
        let tokens = File.text(arguments[2]).split(separator: "\n").compactMap { Token($0) }
        var validator = Validator(
            client: UsherClient(configuration), words: try SharedWords(adopting: 3), number: number, tokens: tokens)
        validator.warmUp()
        while validator.words[ValidatorWords.stop] == 0 { validator.check(validator.choice()) }
    }
}

/// Checks, and counts what they tell.
struct Validator {
    let client: UsherClient
    let words: SharedWords
    let number: Int
    let tokens: [Token]
    /// Whether memory accepted the session when it was last checked.
    private var isRemembered: [Bool]
    /// Late checks of each session.
    private var lateChecks: [Int]
    private var random = SystemRandomNumberGenerator()

    init(client: UsherClient, words: SharedWords, number: Int, tokens: [Token]) {
        (self.client, self.words, self.number, self.tokens) = (client, words, number, tokens)
        isRemembered = Array(repeating: false, count: tokens.count)
        lateChecks = Array(repeating: 0, count: tokens.count)
    }

    private func count(_ what: ValidatorWords.Count) { words.count(ValidatorWords.word(what, of: number)) }

    /// Asks for each session until memory has them all.
    func warmUp() {
        for token in tokens {
            while (try? client.blocking.validate(token, touch: false)) == nil
                || client.remembered(token, touch: false) == nil
            {}
            count(.warm)
        }
    }

    /// Half of the time a session near the one that is being changed, else any that has not been.
    mutating func choice() -> Int {
        let changed = Int(words[ValidatorWords.changed])
        let near = min(max(0, changed + Int.random(in: -6..<6, using: &random)), tokens.count - 1)
        if Bool.random(using: &random), lateChecks[near] < 3 { return near }
        // Where nothing is left to change, those that were updated can still be accepted from memory.
        return changed < tokens.count
            ? Int.random(in: changed..<tokens.count, using: &random) : Int.random(in: 0..<tokens.count / 4) * 4 + 3
    }

    /// One check: what was published before it must show in it.
    mutating func check(_ index: Int) {
        let before = Int(words[ValidatorWords.changed])
        let remembered = client.remembered(tokens[index], touch: false) != nil
        guard let session = answer(tokens[index]) else { return count(.failed) }
        count(.checks)
        if remembered { count(.remembered) }
        if index < before {
            note(late: index, isOld: isOld(session, index) || remembered && SessionChange(ofSession: index) != .updated)
        } else if index > Int(words[ValidatorWords.changed]), session?.data["state"] != nil || session == nil {
            count(.missed)
        }
        isRemembered[index] = remembered
    }

    /// What a check tells; nil where it did not get an answer.
    private func answer(_ token: Token) -> Session?? {
        do throws(UsherError) { return .some(try client.blocking.validate(token, touch: false)) } catch { return nil }
    }

    private func isOld(_ session: Session?, _ index: Int) -> Bool {
        guard SessionChange(ofSession: index) == .updated else { return session != nil }
        return session?.data["state"] != "changed"
    }

    private mutating func note(late index: Int, isOld: Bool) {
        count(.late)
        if isRemembered[index], lateChecks[index] == 0 { count(.turned) }
        lateChecks[index] += 1
        if isOld { count(.wrong) }
    }
}
