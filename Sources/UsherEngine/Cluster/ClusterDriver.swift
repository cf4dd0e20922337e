package import UsherCluster

/// What the engine asks of the connection with usher-link. Called on the loop's thread; nothing of it calls the engine
/// back before it returns.
package protocol ClusterDriver: AnyObject {
    /// Makes the connection anew after a pause. What was sent before gets no answer.
    func connect(after pause: BootSpan)
    /// Sends a call to the store. Returns false where that cannot be sent on any connection.
    func call(_ id: CallID, epoch: Epoch?, _ call: StoreCall, isConfirmed: Bool) -> Bool
    /// Reads the stream from behind `after`.
    func follow(_ id: CallID, after: Stamp, member: MemberID)
    /// Keeps who this host is, and the number of its last beat, where a restart of the daemon finds both.
    func keep(_ member: MemberID, beat: UInt64)
    /// Keeps the fence there too.
    func keep(_ fence: KeptFence)
    /// How far the connection reaches.
    var reach: StoreReach { get }
}

/// How far the connection with the store reaches, for administrators.
package struct StoreReach: Equatable, Sendable {
    /// usher-link answers.
    package let hasLink: Bool
    /// Calls reach the store.
    package let hasStore: Bool
    /// Why they do not, as usher-link said last; nil where it has said nothing.
    package let fault: String?

    /// A connection that reaches so far.
    package init(hasLink: Bool, hasStore: Bool, fault: String?) {
        (self.hasLink, self.hasStore, self.fault) = (hasLink, hasStore, fault)
    }
}
