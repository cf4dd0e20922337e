internal import UsherSecrets

/// The answers to one challenge, in the order of its prompts that ask for one (styles secret and visible).
///
/// One secret holds them all, one after the other; `ends` says where each ends.
package struct PAMAnswers: ~Copyable {
    /// The transaction that asked.
    package let transaction: UInt64
    private var bytes = SecretBytes(capacity: PAMLimits.messages * PAMLimits.answer)
    private var ends: [Int] = []

    /// No answers yet.
    package init(transaction: UInt64) { self.transaction = transaction }

    /// How many answers there are.
    package var count: Int { ends.count }

    /// Adds a copy of `answer`; false, and nothing changes, when PAM could not take it: over `PAMLimits.answer` bytes,
    /// a NUL in it, or `PAMLimits.messages` answers already.
    package mutating func append(_ answer: Span<UInt8>) -> Bool {
        guard ends.count < PAMLimits.messages, answer.count <= PAMLimits.answer, !answer.contains(0) else {
            return false
        }
        for index in answer.indices { bytes.append(answer[index]) }
        ends.append(bytes.count)
        return true
    }

    /// Lends the answer at `index`. Precondition: `index` is less than `count`.
    package func withAnswer<R: ~Copyable, E: Error>(
        _ index: Int, _ body: (Span<UInt8>) throws(E) -> R
    ) throws(E) -> R {
        let range = (index == 0 ? 0 : ends[index - 1])..<ends[index]
        return try bytes.withBytes { (all) throws(E) in try body(all.extracting(range)) }
    }
}
