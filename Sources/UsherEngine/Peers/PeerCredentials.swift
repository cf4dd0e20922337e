/// Who connected, as the kernel says (SO_PEERCRED and SO_PEERGROUPS of unix(7)), at the time of connect(2).
package struct PeerCredentials: Equatable, Sendable {
    /// User.
    package var uid: UInt32
    /// Primary group.
    package var gid: UInt32
    /// Process; only ever shown, never trusted.
    package var pid: Int32
    /// Supplementary groups.
    package var groups: [UInt32]

    /// These credentials.
    package init(uid: UInt32, gid: UInt32, pid: Int32, groups: [UInt32]) {
        self.uid = uid
        self.gid = gid
        self.pid = pid
        self.groups = groups
    }
}
