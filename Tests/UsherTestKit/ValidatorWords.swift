/// The words in ``SharedWords`` that the process which changes sessions and its validators write for each other.
package enum ValidatorWords {
    /// How many sessions, from the first, have been changed *and answered*. Written after the answer, read before a
    /// check.
    package static let changed = 0
    /// Not zero: the validators end.
    package static let stop = 1

    /// What one validator counts.
    package enum Count: Int, CaseIterable {
        /// Sessions that it accepted from memory before anything was changed.
        case warm
        /// Checks in all.
        case checks
        /// Checks that memory answered with a yes.
        case remembered
        /// Checks of a session whose change had been answered before.
        case late
        /// Late checks of a session that memory had accepted when it was last checked: those in which the board speaks.
        case turned
        /// Late checks that told the old state. Must stay 0.
        case wrong
        /// Checks that did not accept a session which nobody had begun to change. Must stay 0.
        case missed
        /// Checks without an answer. Must stay 0.
        case failed
    }

    /// The word of a validator's count; each validator has cache lines of its own.
    package static func word(_ count: Count, of validator: Int) -> Int { 8 + validator * 8 + count.rawValue }
    /// Words for that many validators.
    package static func count(validators: Int) -> Int { 8 + validators * 8 }
}

/// How a session of that number is changed.
package enum SessionChange: Sendable {
    case revoked, rotated, updated

    /// Half are revoked, a quarter each is rotated and updated.
    package init(ofSession index: Int) {
        switch index % 4 {
        case 0, 1: self = .revoked
        case 2: self = .rotated
        default: self = .updated
        }
    }
}
