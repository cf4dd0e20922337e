internal import CLinux
internal import UsherEngine
internal import UsherPOSIX

extension PeerCredentials {
    /// The credentials of the process at the other end of `socket`.
    init(of socket: CInt) throws(SystemError) {
        var uid: UInt32 = 0
        var gid: UInt32 = 0
        var pid: Int32 = 0
        _ = try SystemError.check(unsafe usher_peer_credentials(socket, &uid, &gid, &pid), "getsockopt")
        self.init(uid: uid, gid: gid, pid: pid, groups: try Self.groups(of: socket))
    }

    /// The user of the process at the other end of `socket` (SO_PEERCRED), without a look at the groups.
    static func uid(of socket: CInt) -> UInt32? {
        var (uid, gid, pid): (UInt32, UInt32, Int32) = (0, 0, 0)
        return unsafe usher_peer_credentials(socket, &uid, &gid, &pid) < 0 ? nil : uid
    }

    /// The most that are kept: 4 KiB a connection. Directories give a person fewer, since a Kerberos ticket holds 1010.
    /// The kernel allows 65,536 (getgroups(2)), which whoever has subordinate gids can take: with all of them, the
    /// connections of one host would cost a GiB. A peer with more is turned away, not cut short, for a group may be
    /// what an entry shuts out.
    private static let maximumGroups = 1024

    private static func groups(of socket: CInt) throws(SystemError) -> [UInt32] {
        for capacity in [64, maximumGroups] {
            var groups = [UInt32](repeating: 0, count: capacity)
            let count = unsafe groups.withUnsafeMutableBufferPointer {
                unsafe usher_peer_groups(socket, $0.baseAddress, CInt($0.count))
            }
            if count >= 0 { return Array(groups.prefix(Int(count))) }
            guard usher_errno() == ERANGE else { throw .last("getsockopt") }
        }
        throw SystemError("getsockopt", code: ERANGE)
    }
}
