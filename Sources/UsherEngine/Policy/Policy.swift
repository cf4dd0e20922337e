internal import UsherNames

/// Who may do what: a list of entries. The first that matches a peer decides; a peer without a match gets nothing.
///
/// Peers are what the kernel says they are (SO_PEERCRED, SO_PEERGROUPS); names were resolved when the configuration was
/// read. Rejected: adding up all matching entries, where one could no longer take away what another gives.
///
/// Root is matched by an entry for uid 0 and by no other, neither by a group nor by `*`. Where no entry is for uid 0,
/// ``ClientEntry/root`` stands behind the configured entries.
///
/// An entry whose name was not found matches nobody. A later entry for a group, a range of uids or anyone may match
/// that name's peers, and therefore gives no more than the entry whose name was not found. So it is also with a group
/// that a directory says does not exist: a directory that is cut off says so too. A user that a directory says does not
/// exist takes nothing from later entries: people leave, and a name without an account logs in nowhere.
///
/// A range of uids (`uids`) is one user in every share, whichever entry grants one of these uids its roles: a user's
/// subordinate uids (subuid(5)) must not multiply the user's shares.
///
/// An entry for a user gives what it says, even behind an entry for a group that was not found and may include the
/// user: it was written for this user by name, and programs that people log in through have such entries. A directory
/// that is away must not stop them.
package struct Policy: Hashable, Sendable {
    /// An entry, ready to be matched.
    package struct Entry: Hashable, Sendable {
        /// How it is called in explanations.
        package var name: String
        /// The peers that it matches.
        package var subject: ClientEntry.Subject
        /// What it gives.
        package var grant: Grant

        /// An entry that gives `grant` to `subject`.
        package init(name: String, subject: ClientEntry.Subject, grant: Grant) {
            self.name = name
            self.subject = subject
            self.grant = grant
        }
    }

    /// The answer to "why": the entry that matched, if any did, and what follows from it.
    package struct Explanation: Hashable, Sendable {
        /// The entry's name; nil where nothing matched.
        package var entry: String?
        /// What the peer gets.
        package var grant: Grant
    }

    /// The entries in order.
    package let entries: [Entry]
    /// The ranges of uids that entries name; no two overlap.
    private let ranges: [ClosedRange<UInt32>]

    /// The policy of a configuration.
    package init(_ configuration: Configuration) {
        let all = configuration.services.map { Grant.Service(name: $0.name, realm: $0.realm) }
        var open: Grant?
        entries = configuration.entries.map { client in
            let services = client.services.map { names in all.filter { names.contains($0.name) } } ?? all
            var grant = Grant(
                roles: client.roles, services: services, relaysSource: client.relaysSource, board: client.board)
            switch client.subject {
            case .named: open = open?.common(with: grant) ?? grant
            case .absent(let name) where name.kind == .group: open = open?.common(with: grant) ?? grant
            case .anyone, .users, .group: grant = open?.common(with: grant) ?? grant
            case .user, .absent: break
            }
            return Entry(name: client.name, subject: client.subject, grant: grant)
        }
        ranges = entries.compactMap { if case .users(let range) = $0.subject { range } else { nil } }
    }

    /// The range of uids that `uid` is in; nil where no entry names one.
    package func range(of uid: UInt32) -> ClosedRange<UInt32>? { ranges.first { $0.contains(uid) } }

    /// The user whose shares a peer of `uid` uses: the first uid of its range, or itself.
    package func user(of uid: UInt32) -> UInt32 { range(of: uid)?.lowerBound ?? uid }

    /// Whose shares the peer with these credentials uses.
    package func owner(uid: UInt32, gid: UInt32, groups: [UInt32]) -> ConnectionOwner {
        let index = entries.firstIndex { $0.subject.matches(uid: uid, gid: gid, groups: groups) }
        guard let index, !entries[index].grant.roles.isEmpty else { return ConnectionOwner(user: user(of: uid)) }
        let entry = ConnectionOwner.Entry(index: index, isShared: !entries[index].subject.isOneUser)
        return ConnectionOwner(user: user(of: uid), entry: entry)
    }

    /// What the peer with these credentials may do.
    package func grant(uid: UInt32, gid: UInt32, groups: [UInt32]) -> Grant {
        explain(uid: uid, gid: gid, groups: groups).grant
    }

    /// The same, with the entry that it follows from.
    package func explain(uid: UInt32, gid: UInt32, groups: [UInt32]) -> Explanation {
        guard let entry = entries.first(where: { $0.subject.matches(uid: uid, gid: gid, groups: groups) }) else {
            return Explanation(entry: nil, grant: .nothing)
        }
        return Explanation(entry: entry.name, grant: entry.grant)
    }
}
