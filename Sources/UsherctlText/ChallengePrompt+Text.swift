package import UsherClient

extension Challenge.Prompt {
    /// The text as a person reads it, who is told where its end is missing. It comes from elsewhere: see ``sanitized(_:keepsLines:)``.
    package var words: String { isCut ? text + "\n[the rest is cut off]\n" : text }
}
