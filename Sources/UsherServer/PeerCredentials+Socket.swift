internal import CLinux
internal import UsherEngine
internal import UsherPOSIX

extension PeerCredentials {
    /// The process at the other end of `socket` (SO_PEERCRED), without a look at the groups.
    static func withoutGroups(of socket: CInt) -> PeerCredentials? {
        var (uid, gid, pid): (UInt32, UInt32, Int32) = (0, 0, 0)
        guard unsafe usher_peer_credentials(socket, &uid, &gid, &pid) == 0 else { return nil }
        return PeerCredentials(uid: uid, gid: gid, pid: pid, groups: [])
    }

    /// Groups kept of a peer at most: 4 KiB a connection. Directories give a person fewer, since a Kerberos ticket
    /// holds 1010. The kernel allows 65,536 (getgroups(2)), and a user with subordinate gids can have them all: the
    /// connections of one host would then cost a GiB. A peer with more is turned away and its list is not cut short: an
    /// entry may shut a group out.
    private static let maximumGroups = 1024

    /// The supplementary groups of the process at the other end of `socket` (SO_PEERGROUPS). Throws ERANGE if there are
    /// more than ``maximumGroups``.
    static func groups(of socket: CInt) throws(SystemError) -> [UInt32] {
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
