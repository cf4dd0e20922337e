package import UsherClient

extension Challenge.Prompt {
    /// The text for a person, with a note if its end is missing. It is not sanitized: see ``sanitized(_:keepsLines:)``.
    package var words: String { isCut ? text + "\n[the rest is cut off]\n" : text }
}
