internal import CLinux
package import UsherPOSIX

/// A user of the host with all groups, as a process has them after initgroups(3).
///
/// The look-up runs in this process and may take as long as a directory in nsswitch.conf(5) takes: only for `usherd
/// --check`, never for the daemon (``AccountResolver``).
package struct HostUser: Hashable, Sendable {
    /// The user that usherd.service runs as.
    package static let daemon = "usher"
    /// The first guess of how many groups a user has; doubled while it is too small.
    private static let usualGroups: CInt = 64

    /// The name, as passwd(5) has it.
    package let name: String
    /// The user's number.
    package let uid: UInt32
    /// The number of the primary group.
    package let gid: UInt32
    /// Every group, the primary one included.
    package let groups: [UInt32]

    /// The user called `name`; nil where there is none.
    package init?(_ name: String) {
        guard let user = AccountDatabase.user(named: name).entry else { return nil }
        self.init(name, user)
    }

    /// The user called `name`, whose entry is `user`.
    package init(_ name: String, _ user: AccountDatabase.User) {
        self.name = name
        uid = user.uid
        gid = user.gid
        groups = Self.groups(of: name, gid)
    }

    /// getgrouplist(3).
    private static func groups(of name: String, _ gid: UInt32) -> [UInt32] {
        var room = usualGroups
        while true {
            var groups = [UInt32](repeating: 0, count: Int(room))
            var count = room
            if unsafe getgrouplist(name, gid, &groups, &count) >= 0 { return Array(groups.prefix(Int(count))) }
            room = max(2 * room, count)
        }
    }

    /// Runs `body` with the rights of this user and none of root's, and returns its result. The calling thread must be
    /// root's, and is root's again afterwards. Other threads of the process keep their rights.
    ///
    /// The kernel itself judges: effective ids other than 0 leave no effective capability (capabilities(7)).
    package func perform<Value>(_ body: () -> Value) throws(SystemError) -> Value {
        let before = try Self.currentGroups()
        let (group, user) = (getegid(), geteuid())
        _ = try SystemError.check(unsafe usher_thread_groups(groups.count, groups), "setgroups")
        _ = try SystemError.check(usher_thread_gid(gid), "setresgid")
        _ = try SystemError.check(usher_thread_uid(uid), "setresuid")
        let value = body()
        _ = try SystemError.check(usher_thread_uid(user), "setresuid")
        _ = try SystemError.check(usher_thread_gid(group), "setresgid")
        _ = try SystemError.check(unsafe usher_thread_groups(before.count, before), "setgroups")
        return value
    }

    private static func currentGroups() throws(SystemError) -> [UInt32] {
        let count = try SystemError.check(getgroups(0, nil), "getgroups")
        var groups = [UInt32](repeating: 0, count: Int(count))
        let found = try SystemError.check(unsafe getgroups(count, &groups), "getgroups")
        return Array(groups.prefix(Int(found)))
    }
}
