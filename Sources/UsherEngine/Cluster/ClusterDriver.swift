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
}
