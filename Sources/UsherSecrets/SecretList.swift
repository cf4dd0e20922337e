/// The answers to one challenge, in order: secrets one behind the other in one block, which is zeroed before it is
/// freed.
package struct SecretList: ~Copyable {
    private var block: SecretBytes
    private var ends: [Int] = []

    /// An empty list for `capacity` bytes in all.
    package init(capacity: Int) { block = SecretBytes(capacity: capacity) }

    /// How many there are.
    package var count: Int { ends.count }

    /// Lends one of them. Precondition: `index` is in `0..<count`.
    package func withBytes<R: ~Copyable, E: Error>(
        at index: Int, _ body: (Span<UInt8>) throws(E) -> R
    ) throws(E) -> R {
        let start = index == 0 ? 0 : ends[index - 1]
        let end = ends[index]
        return try block.withBytes { (bytes) throws(E) -> R in try body(bytes.extracting(start..<end)) }
    }

    /// Adds a secret; false, and nothing is added, when it does not fit.
    package mutating func append(_ secret: Span<UInt8>) -> Bool {
        guard block.capacity - block.count >= secret.count else { return false }
        for index in secret.indices { block.append(secret[index]) }
        ends.append(block.count)
        return true
    }

    /// Adds what `fill` appends to the block as one secret. Returns false, and adds nothing, if `fill` returns false.
    package mutating func append(filling fill: (inout SecretBytes) -> Bool) -> Bool {
        guard fill(&block) else { return false }
        ends.append(block.count)
        return true
    }
}
