package import UsherNames

/// A `[[client]]` entry: whom it is about and what it gives them.
package struct ClientEntry: Hashable, Sendable {
    /// Whom an entry matches.
    package enum Subject: Hashable, Sendable {
        /// Every peer (`user = "*"`).
        case anyone
        /// The peer whose uid this is.
        case user(UInt32)
        /// Peers whose gid, or one of whose supplementary groups, this is.
        case group(UInt32)
        /// Whoever it is that has this name, which was not found out: no peer.
        case named(AccountName)
        /// Nobody has this name: no peer.
        case absent(AccountName)

        /// Whether it is a peer with these credentials.
        package func matches(uid: UInt32, gid: UInt32, groups: [UInt32]) -> Bool {
            switch self {
            case .anyone: true
            case .user(let user): user == uid
            case .group(let group): group == gid || groups.contains(group)
            case .named, .absent: false
            }
        }
    }

    /// How explanations and the journal call it; the default is its user or group.
    package var name: String
    /// Whom it matches.
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

    /// What holds where no entry is configured: root runs the host, others nothing. `issue` is never given by default.
    package static let root = ClientEntry(
        name: "root", subject: .user(0), roles: [.login, .validate, .watch, .admin])
}
