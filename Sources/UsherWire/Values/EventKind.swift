/// What an `event` tells. Names are in the past tense and stable; a client ignores those that it does not know.
package enum EventKind: UInt8, CaseIterable, Sendable {
    case created, refused, rotated, updated, revoked, expired, gap

    /// As it stands in `kind`.
    package var name: StaticString {
        switch self {
        case .created: "created"
        case .refused: "refused"
        case .rotated: "rotated"
        case .updated: "updated"
        case .revoked: "revoked"
        case .expired: "expired"
        case .gap: "gap"
        }
    }
}

/// A set of kinds.
package struct EventKinds: OptionSet, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }
    /// The set of one kind.
    package init(_ kind: EventKind) { rawValue = 1 << kind.rawValue }
    /// Each of them.
    package static let all = EventKinds(rawValue: .max)
}
