/// A function of `protocol/cluster/usher.lua`. The link calls no other one.
package enum LinkFunction: UInt8, CaseIterable, Sendable {
    /// Functions that take no epoch.
    case hello = 1, probe, open
    /// Members.
    case join, beat, leave, forget
    /// Sessions.
    case get, put, end, endall, endrealm, move, change, touch, list
    /// What a host tells a new epoch, and puts back into it.
    case restoreEnds, restoreAll, restoreChanges, again
    /// Codes that are claimed once, and the front of the stream.
    case claim, trim
    /// What removes the ended sessions of a user.
    case sweep

    /// The name that the library registers.
    package var name: String {
        switch self {
        case .restoreEnds: "usher_restore_ends"
        case .restoreAll: "usher_restore_all"
        case .restoreChanges: "usher_restore_changes"
        default: "usher_\(self)"
        }
    }
}
