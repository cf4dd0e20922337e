/// Why bytes are not a message, or a value cannot be written as one.
///
/// Says nothing of the content: the bytes may be a password.
package struct PAMWireError: Error, Equatable, CustomStringConvertible {
    /// The kinds of refusal.
    package enum Code: Equatable, Sendable {
        /// The datagram ends inside a field.
        case truncated
        /// Bytes follow the last field.
        case trailing
        /// No message begins like this.
        case unknownKind
        /// A field is outside its range: too long, not UTF-8, a control byte, an unknown number.
        case badValue
        /// The message does not fit a datagram.
        case tooLarge
    }

    /// What is wrong.
    package let code: Code

    /// An error of that kind.
    package init(_ code: Code) { self.code = code }

    package var description: String { "PAM message refused: \(code)" }
}
