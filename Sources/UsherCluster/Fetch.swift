/// A session that is being read from the store. Many may wait for it.
struct Fetch: Sendable {
    var waiters: [(request: RequestID, owner: ShareOwner)]
    /// An entry has changed the session since the call was sent.
    var isDirty = false
    /// How often it was asked again because of that.
    var repeats = 0
}
