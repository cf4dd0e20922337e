internal import CLinux

extension AccountResolver {
    /// The accounts of the host, by getpwnam_r(3) and getgrnam_r(3): whatever nsswitch.conf(5) names is asked, and may
    /// take its time. For the start and the reload of the configuration only.
    package static let system = AccountResolver(
        uid: { name in
            unsafe withRecordBuffer { buffer, size in
                var record = unsafe passwd()
                var found: UnsafeMutablePointer<passwd>?
                let code = unsafe getpwnam_r(name, &record, buffer, size, &found)
                return (code, unsafe found == nil ? nil : unsafe record.pw_uid)
            }
        },
        gid: { name in
            unsafe withRecordBuffer { buffer, size in
                var record = unsafe group()
                var found: UnsafeMutablePointer<group>?
                let code = unsafe getgrnam_r(name, &record, buffer, size, &found)
                return (code, unsafe found == nil ? nil : unsafe record.gr_gid)
            }
        })

    /// The longest record: a group of some ten thousand members.
    private static let maximumRecord = 1 << 20

    /// Calls `lookup` with ever larger buffers while it answers ERANGE.
    private static func withRecordBuffer(
        _ lookup: (UnsafeMutablePointer<CChar>, Int) -> (code: CInt, identifier: UInt32?)
    ) -> UInt32? {
        var size = 4096
        while size <= maximumRecord {
            let buffer = UnsafeMutablePointer<CChar>.allocate(capacity: size)
            defer { unsafe buffer.deallocate() }
            let (code, identifier) = unsafe lookup(buffer, size)
            if code != ERANGE { return code == 0 ? identifier : nil }
            size *= 4
        }
        return nil
    }
}
