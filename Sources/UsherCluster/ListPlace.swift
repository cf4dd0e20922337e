/// A place in the store's index of a user's sessions, where a page of them begins. It stands in one epoch. A session
/// that is there all the while comes at least once, and again where the index has grown meanwhile
/// (`protocol/CLUSTER.md`).
package struct ListPlace: Equatable, Sendable {
    /// The place of the index, by the store's cursor.
    package let cursor: UInt64
    /// The tag behind which the page begins there; `.none`: with the first one.
    package let after: SessionTag

    /// The place behind the session of the tag `after` at `cursor`.
    package init(cursor: UInt64, after: SessionTag) { (self.cursor, self.after) = (cursor, after) }

    /// The first page.
    package static let start = ListPlace(cursor: 0, after: .none)
}
