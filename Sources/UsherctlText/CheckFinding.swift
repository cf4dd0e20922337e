package import UsherToolSupport

/// One thing that a check looked at.
package struct CheckFinding: Equatable, Sendable {
    /// What was found.
    package enum State: String, Sendable {
        case good = "ok"
        case bad = "not ok"
        /// It could not be looked at, or there is nothing to look at.
        case skipped
    }

    /// What was found.
    package let state: State
    /// What was looked at, in a few words.
    package let what: String
    /// What is so, or what to do.
    package let text: String

    /// What was found of `what`.
    package init(_ state: State, _ what: String, _ text: String) {
        (self.state, self.what, self.text) = (state, what, text)
    }

    /// For a person.
    package var line: String { "\(padded(state.rawValue, to: 8))\(sanitized(what)): \(sanitized(text))" }

    /// An object with all members.
    package var json: JSONValue {
        .object([("state", .text(state.rawValue)), ("what", .text(what)), ("text", .text(text))])
    }
}
