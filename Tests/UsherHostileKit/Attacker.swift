import CLinux

/// Who connects: one user, or many in turns. A process of root connects as each of them (SO_PEERCRED gives the uid that
/// was in effect at connect(2)); any other process connects as itself.
package struct Attacker: Sendable {
    /// The socket of the daemon.
    package let socket: String
    private let uids: [uid_t]

    /// Attackers of the uids from `uid` on, `users` of them, without groups.
    package init(_ socket: String, uid: uid_t, users: Int) {
        self.socket = socket
        uids = (0..<uid_t(max(1, users))).map { uid + $0 }
        if geteuid() == 0 { setgroups(0, nil) }
    }

    /// How many users there are.
    package var users: Int { uids.count }

    /// A connection of the user whose turn is `number`; nil where the daemon's backlog is full.
    func connect(_ number: Int) -> HostileSocket? {
        let descriptor = usher_unix_socket(CInt(SOCK_STREAM.rawValue), 1)
        guard descriptor >= 0 else { return nil }
        let isConnected = acting(as: uids[number % uids.count]) { usher_connect(descriptor, socket) == 0 }
        guard isConnected else {
            close(descriptor)
            return nil
        }
        return HostileSocket(owning: descriptor)
    }

    private func acting<Value>(as uid: uid_t, _ body: () -> Value) -> Value {
        guard getuid() == 0 else { return body() }
        setegid(uid)
        seteuid(uid)
        defer {
            seteuid(0)
            setegid(0)
        }
        return body()
    }
}
