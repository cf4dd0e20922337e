/// What a host brings into a new epoch: the epoch in which it was a member, and the members that it last knew there.
package struct Heritage: Equatable, Sendable {
    /// The epoch that the host comes from.
    package let epoch: Epoch
    /// The ordinal of that epoch.
    package let ordinal: UInt64
    /// The members as the host last knew them: all of them must come, or one that is sure.
    package let view: [MemberID]
    /// Older epochs that were complete in that one. The newest are first.
    package let ancestors: [Epoch]
    /// Whether the host knows every end that was answered in that epoch: its lease had not been interrupted when the
    /// new run had confirmed a write.
    package internal(set) var isSure = false

    /// What the host had taken up of that epoch's stream.
    let position: Stamp
    /// A host that was in doubt there is not sure.
    let mayBeSure: Bool

    /// Members of older epochs that had not put back what they hold.
    let awaited: Set<MemberID>

    init(
        epoch: Epoch, ordinal: UInt64, view: [MemberID], ancestors: [Epoch], position: Stamp, mayBeSure: Bool,
        awaited: Set<MemberID>
    ) {
        (self.epoch, self.ordinal, self.view, self.ancestors) = (epoch, ordinal, view, ancestors)
        (self.position, self.mayBeSure, self.awaited) = (position, mayBeSure, awaited)
    }
}
