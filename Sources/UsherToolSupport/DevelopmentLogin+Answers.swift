package import UsherClient

// In a file that does not import UsherWire, which has a Challenge of its own.
extension DevelopmentLogin {
    /// The answers to a challenge that asks for the code alone; nil to every other one.
    package func answers(to challenge: Challenge) -> Answers? {
        let asked = challenge.prompts.count(where: \.wantsAnswer)
        guard challenge.purpose == .login, asked <= 1 else { return nil }
        var answers = Answers()
        guard asked == 1 else { return answers }
        guard let code, let secret = Secret(code) else { return nil }
        answers.append(secret)
        return answers
    }
}
