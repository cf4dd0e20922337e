/// Where a list goes on: after the session in that slot. Any change of the ledger, and a restart, leaves it valid. A
/// whole list shows each session once that lives all the while.
package struct ListCursor: Hashable, Sendable {
    /// The slot of the last session listed.
    package let slot: UInt32

    /// The place behind the session in `slot`.
    package init(slot: UInt32) { self.slot = slot }
}
