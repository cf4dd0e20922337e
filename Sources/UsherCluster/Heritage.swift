/// What a host brings into a new epoch: the epoch in which it was a member, and the members that it last knew there.
package struct Heritage: Equatable, Sendable {
    /// The epoch that the host comes from.
    package let epoch: Epoch
    /// The ordinal of that epoch.
    package let ordinal: UInt64
    /// The members as the host last knew them: all of them must come, or one that is sure.
    package let view: [MemberID]
    /// Whether the host knows every end that was answered in that epoch: its lease had not been interrupted when the
    /// new run had confirmed a write.
    package internal(set) var isSure = false

    /// What the host had taken up of that epoch's stream.
    let position: Stamp
    /// A host that was in doubt there is not sure.
    let mayBeSure: Bool

    init(epoch: Epoch, ordinal: UInt64, view: [MemberID], position: Stamp, mayBeSure: Bool) {
        (self.epoch, self.ordinal, self.view) = (epoch, ordinal, view)
        (self.position, self.mayBeSure) = (position, mayBeSure)
    }
}
