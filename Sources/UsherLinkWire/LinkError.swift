/// Why bytes are not a message, or a message cannot be written. It says nothing of the content.
package struct LinkError: Error, Equatable, CustomStringConvertible {
    /// The kinds of refusal.
    package enum Code: Equatable, Sendable {
        /// The datagram ends inside a field.
        case truncated
        /// Bytes follow the last field.
        case trailing
        /// No message begins like this.
        case unknownKind
        /// A field is outside its range: an unknown number, a flag that is neither 0 nor 1, a list in too many lists.
        case badValue
        /// The message does not fit a datagram.
        case tooLarge
    }

    /// What is wrong.
    package let code: Code

    /// An error of that kind.
    package init(_ code: Code) { self.code = code }

    package var description: String { "link message refused: \(code)" }
}
