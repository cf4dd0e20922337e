internal import CLinux
internal import UsherPOSIX

/// Who may stand behind the socket. The kernel says who listens (`SO_PEERCRED`, unix(7)); under systemd's socket
/// activation that is root.
///
/// Checked on each new connection before a byte is sent, because a socket path that somebody else could make would
/// otherwise collect passwords.
public struct ServerTrust: Sendable, Hashable {
    /// User ids besides root's.
    private let others: Set<UInt32>

    private let trustsRoot: Bool

    private init(_ others: Set<UInt32>, trustsRoot: Bool = true) {
        self.others = others
        self.trustsRoot = trustsRoot
    }

    /// Nobody: for tests of the refusal.
    package static let nobody = Self([], trustsRoot: false)

    /// Root alone: the daemon as systemd starts it.
    public static let root = Self([])

    /// Root, or the user with this id.
    public static func user(_ uid: UInt32) -> Self { Self([uid]) }

    /// Root, or the user with this name (getpwnam_r(3)); root alone when there is none.
    public static func user(named name: String) -> Self {
        AccountDatabase.user(named: name).entry.map { .user($0.uid) } ?? .root
    }

    /// Root, or the user of this process: for a daemon that one started oneself with `usherd --dev`.
    public static var ownUser: Self { .user(geteuid()) }

    /// Whether a server run by `uid` is trusted.
    package func accepts(uid: UInt32) -> Bool { uid == 0 && trustsRoot || others.contains(uid) }
}
