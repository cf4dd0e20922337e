/// A place in the table of connections, and the generation of its tenant: the id of a closed connection names nobody,
/// even if the place has been taken again.
package struct ConnectionID: Hashable, Sendable {
    /// The place.
    package let index: UInt32
    /// How often the place has been given out.
    package let generation: UInt32

    /// The id of a tenant of a place.
    package init(index: UInt32, generation: UInt32) {
        self.index = index
        self.generation = generation
    }

    /// The id that `word` carries (epoll_data of epoll_event(3type)).
    package init(word: UInt64) {
        self.init(index: UInt32(truncatingIfNeeded: word), generation: UInt32(truncatingIfNeeded: word >> 32))
    }

    /// The id as one word.
    package var word: UInt64 { UInt64(generation) << 32 | UInt64(index) }
}
