package import UsherNames

/// A `[[client]]` entry: the peers that it matches, and what it gives them.
package struct ClientEntry: Hashable, Sendable {
    /// The peers that an entry matches. Only an entry for uid 0 itself matches root.
    package enum Subject: Hashable, Sendable {
        /// Every peer but root (`user = "*"`).
        case anyone
        /// The peer whose uid this is.
        case user(UInt32)
        /// Peers but root whose uid is one of these, which count as one user (``Policy/user(of:)``).
        case users(ClosedRange<UInt32>)
        /// Peers but root that have this primary or supplementary group.
        case group(UInt32)
        /// A name that could not be resolved: matches no peer.
        case named(AccountName)
        /// A name that nobody has: matches no peer.
        case absent(AccountName)

        /// Whether all peers that it matches count as one user.
        package var isOneUser: Bool {
            switch self {
            case .user, .users: true
            case .anyone, .group, .named, .absent: false
            }
        }

        /// Whether it is a peer with these credentials.
        package func matches(uid: UInt32, gid: UInt32, groups: [UInt32]) -> Bool {
            switch self {
            case .anyone: uid != 0
            case .user(let user): user == uid
            case .users(let range): uid != 0 && range.contains(uid)
            case .group(let group): uid != 0 && (group == gid || groups.contains(group))
            case .named, .absent: false
            }
        }
    }

    /// How explanations and the journal call it; the default is its user or group.
    package var name: String
    /// The peers that it matches.
    package var subject: Subject
    /// What they may ask for.
    package var roles: Roles
    /// The services that they may use; nil for all. An entry with `issue` names them.
    package var services: [String]?
    /// Whether their `context.remote_ip` is believed.
    package var relaysSource: Bool
    /// Whether they may have the board.
    package var board: Bool

    /// An entry; it gives no role, every service and the board unless told otherwise.
    package init(
        name: String, subject: Subject, roles: Roles = [], services: [String]? = nil, relaysSource: Bool = false,
        board: Bool = true
    ) {
        self.name = name
        self.subject = subject
        self.roles = roles
        self.services = services
        self.relaysSource = relaysSource
        self.board = board
    }

    /// Root's entry if none is configured for uid 0: every role but `issue`, which is never given by default. Root can
    /// read the ledger's memory: an entry for a group or `*` that took root's roles away would protect nothing.
    package static let root = ClientEntry(
        name: "root", subject: .user(0), roles: [.login, .validate, .watch, .admin, .metrics])
}
