internal import CLinux

extension AccountResolver {
    /// The host's accounts (getpwnam(3), getgrnam(3)), asked while the configuration is read and never while serving.
    static let system = AccountResolver(
        uid: { name in unsafe getpwnam(name).map { unsafe $0.pointee.pw_uid } },
        gid: { name in unsafe getgrnam(name).map { unsafe $0.pointee.gr_gid } })
}
