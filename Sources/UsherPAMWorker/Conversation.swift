internal import UsherNames
internal import UsherPAMWire
internal import UsherSecrets

/// The conversation of the modules with the person: every round of messages becomes a challenge to the broker and waits
/// for its answers.
///
/// Invariant: after one failure every further round fails at once, because modules ask again where they should give up.
/// The first secret prompt of a login is answered from the password of the start. A text is shown with the next
/// question if the service relays texts or a new password is being asked for; otherwise it is held for the verdict.
final class Conversation {
    private let channel: WorkerChannel
    private let transaction: UInt64
    private let relays: Bool
    private let asksNobody: Bool
    private var password: SecretBytes?
    private var rounds = 0
    private var failed = false
    private var held: [PAMPrompt] = []

    /// What the answers are for.
    private(set) var purpose = LoginPurpose.login
    private var user = ""

    /// A conversation; with `asksNobody` a question fails it.
    init(
        channel: WorkerChannel, transaction: UInt64, relays: Bool, asksNobody: Bool = false,
        password: consuming SecretBytes?
    ) {
        self.channel = channel
        self.transaction = transaction
        self.relays = relays
        self.asksNobody = asksNobody
        self.password = password
    }

    /// The texts that nobody has seen yet, for the verdict.
    func takeTexts() -> [PAMPrompt] {
        defer { held = [] }
        return held
    }

    /// From now on a new password is asked for. `user` is the account's name, whose secret is proven.
    func beginPasswordChange(of user: String) {
        purpose = .passwordChange
        self.user = user
    }

    /// Ends the conversation: nothing is asked any more. Returns nil for the caller to pass on.
    func fail() -> PAMAnswers? {
        failed = true
        password = nil
        return nil
    }

    /// The answers to the lines of one round that ask, in order. Nil: the round failed.
    func answers(to round: [PAMPrompt]) -> PAMAnswers? {
        guard !failed else { return nil }
        let known = firstSecret(of: round)
        let open = round.indices.filter { $0 != known }.map { round[$0] }
        let shown = shownLines(of: open)
        guard open.contains(where: \.style.wantsAnswer) else {
            return merge(round, known, PAMAnswers(transaction: transaction))
        }
        guard let given = ask(shown) else { return fail() }
        return merge(round, known, given)
    }

    private func firstSecret(of round: [PAMPrompt]) -> Int? {
        guard password != nil, purpose == .login else { return nil }
        return round.firstIndex { $0.style == .secret }
    }

    /// The part of `lines` that goes into a challenge. Holds the texts that may not be shown yet or that come without a
    /// question.
    private func shownLines(of lines: [PAMPrompt]) -> [PAMPrompt] {
        guard lines.contains(where: \.style.wantsAnswer) else {
            hold(lines)
            return []
        }
        guard relays || purpose == .passwordChange else {
            hold(lines.filter { !$0.style.wantsAnswer })
            return lines.filter(\.style.wantsAnswer).fitted
        }
        return (takeTexts() + lines).fitted
    }

    private func hold(_ texts: [PAMPrompt]) { held = (held + texts).fitted }

    private func ask(_ lines: [PAMPrompt]) -> PAMAnswers? {
        rounds += 1
        guard rounds <= PAMLimits.rounds, !asksNobody else { return nil }
        let challenge = PAMChallenge(transaction: transaction, purpose: purpose, user: user, prompts: lines)
        guard channel.send(.challenge(challenge)), let request = channel.receive() else { return nil }
        guard case .answers(let answers) = request, answers.transaction == transaction else { return nil }
        return answers
    }

    /// All answers of a round: those of the person, and the password at the index `known`.
    private func merge(_ round: [PAMPrompt], _ known: Int?, _ given: borrowing PAMAnswers) -> PAMAnswers? {
        var all = PAMAnswers(transaction: transaction)
        var next = 0
        for index in round.indices where round[index].style.wantsAnswer {
            if index == known {
                guard let secret = password.take(), secret.withBytes({ all.append($0) }) else { return fail() }
            } else {
                guard next < given.count, given.withAnswer(next, { all.append($0) }) else { return fail() }
                next += 1
            }
        }
        guard next == given.count else { return fail() }
        return all
    }
}
