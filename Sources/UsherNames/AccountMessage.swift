/// The messages between usherd and usher-names, which looks names up for it. A name is an argument of usher-names. The
/// answer to it is a datagram on descriptor 3: three words in the byte order of the host.
package struct AccountMessage: Equatable, Sendable {
    /// What the account database said.
    package enum Outcome: UInt32, Sendable {
        /// The name exists; the value is its uid or gid.
        case found
        /// The name does not exist.
        case none
        /// The database could not be asked; the value is an error number (errno(3)).
        case failed
    }

    /// Where usher-names finds its end of the socket.
    package static let descriptor: Int32 = 3
    /// Bytes of an answer.
    package static let size = 3 * MemoryLayout<UInt32>.size

    /// The index of the argument that is answered, from 0.
    package let index: Int
    /// The answer.
    package let outcome: Outcome
    /// A uid, a gid or an error number.
    package let value: UInt32

    /// An answer to the argument at `index`.
    package init(index: Int, _ outcome: Outcome, value: UInt32 = 0) {
        self.index = index
        self.outcome = outcome
        self.value = value
    }

    /// The answer in a datagram of `words`; nil if they are no answer.
    package init?(_ words: Span<UInt32>) {
        guard words.count == 3, let outcome = Outcome(rawValue: words[1]) else { return nil }
        self.init(index: Int(words[0]), outcome, value: words[2])
    }

    /// The answer as it is sent.
    package var words: InlineArray<3, UInt32> { [UInt32(index), outcome.rawValue, value] }

    /// A name as an argument.
    package static func argument(_ name: AccountName) -> String { "\(name.kind.rawValue):\(name.name)" }

    /// The name of an argument; nil where it is none.
    package static func name(_ argument: String) -> AccountName? {
        let parts = argument.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let kind = AccountName.Kind(rawValue: String(parts[0])) else { return nil }
        return AccountName(kind, String(parts[1]))
    }
}
