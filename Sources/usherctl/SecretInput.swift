import ArgumentParser
import CLinux
import UsherClient
import UsherPOSIX
import UsherctlText

/// Reads secrets from the terminal or from lines of standard input, and remembers why one could not be read.
final class SecretInput {
    private let isStandardInput: Bool
    /// Why the last secret could not be read.
    private(set) var fault: ToolError?

    init(isStandardInput: Bool) { self.isStandardInput = isStandardInput }

    /// A token: asked for at a terminal, else the first line of standard input.
    static func token() throws -> Token {
        guard let line = readSecret(asking: "Token:").value(), let token = line.token else {
            throw ToolError(
                .wrongUsage, "no token on standard input: it is a line of \(Token.textSize) characters")
        }
        return token
    }

    /// The next line of standard input.
    func line() -> Secret? { taken(readSecret(from: 0)) }

    /// Answers to a challenge; nil where there is nobody to ask, or the person gave up.
    func answers(to challenge: Challenge) -> Answers? {
        var answers = Answers()
        let terminal = Terminal()
        for prompt in challenge.prompts {
            guard prompt.wantsAnswer else {
                show(prompt, on: terminal)
                continue
            }
            guard let answer = answer(prompt, terminal), answers.append(answer) else { return nil }
        }
        return answers
    }

    private func show(_ prompt: Challenge.Prompt, on terminal: borrowing Terminal?) {
        switch terminal {
        case .some(let terminal): terminal.show(prompt.words)
        case .none: printError(sanitized(prompt.words, keepsLines: true))
        }
    }

    private func answer(_ prompt: Challenge.Prompt, _ terminal: borrowing Terminal?) -> Secret? {
        if isStandardInput { return line() }
        switch terminal {
        case .some(let terminal): return taken(terminal.ask(prompt.words, isVisible: prompt.style == .visible))
        case .none: return nil
        }
    }

    private func taken(_ line: consuming SecretRead) -> Secret? {
        switch consume line {
        case .secret(let secret): return secret
        case .tooLong:
            fault = ToolError(.wrongUsage, "that is too long: an answer has at most \(Secret.capacity) bytes")
        case .end:
            if isStandardInput {
                fault = ToolError(.wrongUsage, "standard input has ended before PAM's questions")
            }
        }
        return nil
    }
}

/// The result of reading a secret.
enum SecretRead: ~Copyable {
    case secret(Secret)
    /// It is longer than a secret may be.
    case tooLong
    /// The input has ended before it.
    case end

    /// The secret, if there is one.
    consuming func value() -> Secret? {
        switch consume self {
        case .secret(let secret): secret
        case .tooLong: nil
        case .end: nil
        }
    }
}

/// Reads a secret: asks at the terminal if standard input is one, else takes the next line of standard input.
func readSecret(asking question: String, isVisible: Bool = false) -> SecretRead {
    guard isatty(0) == 1 else { return readSecret(from: 0) }
    guard let terminal = Terminal() else { return .end }
    return terminal.ask(question, isVisible: isVisible)
}

/// The next line of `descriptor`. A carriage return before the line feed belongs to the line's end, as in files of
/// other systems: nobody can type it at a terminal, so no password has it.
func readSecret(from descriptor: Int32) -> SecretRead {
    var line = Secret()
    var owesReturn = false
    let outcome = SecretLine.read(from: descriptor) { byte in
        if owesReturn, !line.append(UInt8(ascii: "\r")) { return false }
        owesReturn = byte == UInt8(ascii: "\r")
        return owesReturn || line.append(byte)
    }
    switch outcome {
    case .line: return .secret(line)
    case .end: return .end
    case .tooLong: return .tooLong
    }
}

extension Secret {
    /// The token that the line writes; nil when it is none.
    var token: Token? { withBytes { Token(utf8: $0) } }
}
