package import UsherClient
package import UsherWebCore

/// Whether a request may pass, decided from values alone.
package enum Access: Sendable {
    /// It may, as nobody.
    case anonymous
    /// It may, as the session's user, who is in these of the site's groups.
    case granted(Session, groups: [String])
    /// A login would help.
    case login
    /// The user must re-authenticate: the last proof is older than `maxAge`.
    case confirmation(Session, maxAge: Duration)
    /// The rule does not let the user pass, or demands other ways of logging in.
    case forbidden(Session)
    /// The daemon or the host did not answer.
    case unavailable

    /// What is known of the session that a request shows.
    package enum Proof: Sendable {
        /// No cookie, one that is not sealed for this origin, several, or a session that is over.
        case none
        /// A session.
        case session(Session)
        /// The daemon did not answer.
        case unavailable
    }

    /// What is known of the user's groups.
    package enum Groups: Sendable, Equatable {
        /// The user's groups, among the site's.
        case known([String])
        /// The host did not answer in time.
        case unavailable

        /// The groups that are known.
        var members: [String] {
            if case .known(let names) = self { names } else { [] }
        }
    }

    /// `anonymous` for a request that passes by `rule` without a session; nil for one that needs a session.
    package static func withoutSession(_ rule: GateConfiguration.Rule, _ kind: RequestKind) -> Access? {
        if rule.isAnonymous { return .anonymous }
        return kind == .preflight && rule.passesPreflight ? .anonymous : nil
    }

    /// Decides by a rule that demands a session. The demands are checked in this order: a session, the right person,
    /// the methods of the login, a recent authentication.
    package static func decide(
        _ rule: GateConfiguration.Rule, _ proof: Proof, _ groups: Groups, now: UnixTime
    ) -> Access {
        guard case .session(let session) = proof else {
            if case .unavailable = proof { return .unavailable }
            return .login
        }
        guard let isNamed = names(rule, session.user, groups) else { return .unavailable }
        guard isNamed else { return .forbidden(session) }
        guard rule.methods.allSatisfy(session.methods.contains) else { return .forbidden(session) }
        if let maxAge = rule.maxAge, (try? session.require(maxAge: maxAge, at: now)) == nil {
            return .confirmation(session, maxAge: maxAge)
        }
        // A tool that is sent no groups would withdraw the rights that groups give.
        if groups == .unavailable, rule.headers.contains(.groups) { return .unavailable }
        return .granted(session, groups: groups.members)
    }

    /// Whether the rule lets the user pass by name or group; nil where groups decide and the host did not answer.
    static func names(_ rule: GateConfiguration.Rule, _ user: String, _ groups: Groups) -> Bool? {
        guard rule.namesPeople else { return true }
        let isMember = rule.groups.contains { group in groups.members.contains { $0.utf8.elementsEqual(group.utf8) } }
        if isMember || rule.users.contains(where: { $0.utf8.elementsEqual(user.utf8) }) { return true }
        return groups == .unavailable && !rule.groups.isEmpty ? nil : false
    }
}
