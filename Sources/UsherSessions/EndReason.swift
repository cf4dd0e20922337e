package import UsherNames

/// Why a session ended: one word for the ledger, its counters, events and the journal.
///
/// A new reason is a new case with its name and its kind; all other code goes by those two. The host on which a session
/// ended is no reason: an event carries it in a member of its own.
package enum EndReason: Hashable, Sendable, CaseIterable {
    /// It was not used for its idle timeout.
    case idle
    /// It reached its absolute limit.
    case absolute
    /// A peer asked for its end.
    case request
    /// It made room for a newer session of its user.
    case quota
    /// Its account ended, or came to mean somebody else.
    case account(AccountEnd)

    package static var allCases: [EndReason] {
        [.idle, .absolute, .request, .quota] + AccountEnd.allCases.map { .account($0) }
    }

    /// The kinds of end that are counted apart and have journal entries of their own.
    package enum Kind: Hashable, Sendable, CaseIterable {
        /// Its time was over.
        case expired
        /// Somebody ended it.
        case revoked
        /// A newer session took its place.
        case evicted
        /// Its account ended.
        case account
    }

    /// The word in `reason` of an event and in the journal (PROTOCOL.md, events.subscribe).
    package var name: StaticString {
        switch self {
        case .idle: "idle"
        case .absolute: "absolute"
        case .request: "request"
        case .quota: "quota"
        case .account: "account"
        }
    }

    /// The word in `detail` of an event and in the journal; nil where the reason says all.
    package var detail: StaticString? {
        if case .account(let end) = self { end.name } else { nil }
    }

    /// How the end is counted and written down.
    package var kind: Kind {
        switch self {
        case .idle, .absolute: .expired
        case .request: .revoked
        case .quota: .evicted
        case .account: .account
        }
    }
}
