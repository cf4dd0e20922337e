internal import UsherSecrets

/// The answers to one challenge, in the order of its prompts that ask for one (styles secret and visible).
package struct PAMAnswers: ~Copyable {
    /// The transaction that asked.
    package let transaction: UInt64
    private var list = SecretList(capacity: PAMLimits.messages * PAMLimits.answer)

    /// No answers yet.
    package init(transaction: UInt64) { self.transaction = transaction }

    /// How many answers there are.
    package var count: Int { list.count }

    /// Adds a copy of `answer`; false, and nothing changes, when PAM could not take it: over `PAMLimits.answer` bytes,
    /// a NUL in it, or `PAMLimits.messages` answers already.
    package mutating func append(_ answer: Span<UInt8>) -> Bool {
        guard count < PAMLimits.messages, answer.count <= PAMLimits.answer, !answer.contains(0) else {
            return false
        }
        return list.append(answer)
    }

    /// Lends the answer at `index`. Precondition: `index` is less than `count`.
    package func withAnswer<R: ~Copyable, E: Error>(
        _ index: Int, _ body: (Span<UInt8>) throws(E) -> R
    ) throws(E) -> R {
        try list.withBytes(at: index, body)
    }
}
