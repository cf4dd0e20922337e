/// Why a conversation with usher-link cannot go on, or a call cannot be sent.
package struct StoreConversationError: Error, Equatable, CustomStringConvertible {
    /// The kinds of failure.
    package enum Code: Equatable, Sendable {
        /// The link speaks another version of the wire.
        case version
        /// The link must not send this message now.
        case unexpected
        /// The link answers a call that was not made.
        case unknownCall
        /// More calls are not answered than the conversation keeps.
        case full
        /// A record, a note or a name is not one that the store takes.
        case unfit
    }

    /// What is wrong.
    package let code: Code

    /// An error of that kind.
    package init(_ code: Code) { self.code = code }

    package var description: String { "conversation with usher-link failed: \(code)" }
}
