import ArgumentParser
import CLinux
import UsherClient

/// Where secrets are read from: the terminal, or lines of standard input.
enum SecretInput {
    /// A token: asked for at a terminal, else the first line of standard input.
    static func token() throws -> Token {
        let line = isatty(0) == 1 ? Terminal()?.ask("Token:") : readLine(from: 0)
        guard let line, let token = line.token else {
            throw ValidationError("no token on standard input: it is a line of \(Token.textSize) characters")
        }
        return token
    }

    /// Answers to a challenge; nil where there is nobody to ask, or the person gave up.
    static func answers(to challenge: Challenge, fromStandardInput: Bool) -> Answers? {
        var answers = Answers()
        let terminal = Terminal()
        for prompt in challenge.prompts {
            guard prompt.wantsAnswer else {
                show(prompt, on: terminal)
                continue
            }
            guard let answer = answer(prompt, fromStandardInput, terminal), answers.append(answer) else { return nil }
        }
        return answers
    }

    private static func show(_ prompt: Challenge.Prompt, on terminal: borrowing Terminal?) {
        switch terminal {
        case .some(let terminal): terminal.show(prompt.text)
        case .none: printError(sanitized(prompt.text))
        }
    }

    private static func answer(
        _ prompt: Challenge.Prompt, _ fromStandardInput: Bool, _ terminal: borrowing Terminal?
    ) -> Secret? {
        if fromStandardInput { return readLine(from: 0) }
        switch terminal {
        case .some(let terminal): return terminal.ask(prompt.text, isVisible: prompt.style == .visible)
        case .none: return nil
        }
    }
}

extension Secret {
    /// The token that the line is; nil when it is none.
    var token: Token? { withBytes { Token(utf8: $0) } }
}
