/// A session that is being read from the store. Many may wait for it.
struct Fetch: Sendable {
    /// Someone who waits for it, and until when.
    struct Waiter: Sendable {
        let request: RequestID
        let owner: ShareOwner
        let patience: BootInstant
    }

    /// Who asked first: the call counts as this owner's until it is answered.
    let owner: ShareOwner
    var waiters: [Waiter] = []
    /// An entry has changed the session since the call was sent.
    var isDirty = false
    /// How often it was asked again because of that.
    var repeats = 0
}
