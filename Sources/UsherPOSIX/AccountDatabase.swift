internal import CLinux

/// Users and groups as nsswitch.conf(5) has them. A look-up may take as long as the directory that is asked, and the
/// NSS module that asks the directory runs in this process.
package enum AccountDatabase {
    /// A user.
    package struct User: Equatable, Sendable {
        /// The name, which may be another spelling of the one that was asked for.
        package let name: String
        /// The number.
        package let uid: UInt32
        /// The number of the primary group.
        package let gid: UInt32
    }

    /// The result of a look-up.
    package enum Answer<Entry: Equatable & Sendable>: Equatable, Sendable {
        /// There is one.
        case found(Entry)
        /// There is none, or its name is no UTF-8.
        case none
        /// The error number (errno(3)) of the look-up.
        case failed(CInt)

        /// The entry, where there is one.
        package var entry: Entry? {
            if case .found(let entry) = self { entry } else { nil }
        }

        /// The entry; nil if there is none. Throws if the look-up failed.
        package func get() throws(SystemError) -> Entry? {
            if case .failed(let code) = self { throw SystemError("nss", code: code) }
            return entry
        }
    }

    /// The largest buffer, in bytes. NSS modules need room for a whole entry, and a group may have ten thousand
    /// members.
    private static let maximum = 1 << 20

    /// getpwnam_r(3).
    package static func user(named name: String) -> Answer<User> {
        unsafe user { unsafe getpwnam_r(name, $0, $1, $2, $3) }
    }

    /// getpwuid_r(3).
    package static func user(_ uid: UInt32) -> Answer<User> {
        unsafe user { unsafe getpwuid_r(uid, $0, $1, $2, $3) }
    }

    /// The number of a group (getgrnam_r(3)).
    package static func group(named name: String) -> Answer<UInt32> {
        unsafe answer { buffer, size in
            var entry = unsafe CLinux.group()
            var found: UnsafeMutablePointer<CLinux.group>?
            let code = unsafe getgrnam_r(name, &entry, buffer, size, &found)
            return (code, unsafe found == nil ? nil : unsafe entry.gr_gid)
        }
    }

    @unsafe private static func user(
        _ question: (
            UnsafeMutablePointer<passwd>, UnsafeMutablePointer<CChar>, Int,
            UnsafeMutablePointer<UnsafeMutablePointer<passwd>?>
        ) -> CInt
    ) -> Answer<User> {
        unsafe answer { buffer, size in
            var entry = unsafe passwd()
            var found: UnsafeMutablePointer<passwd>?
            let code = unsafe question(&entry, buffer, size, &found)
            guard unsafe found != nil, let text = unsafe entry.pw_name,
                let name = unsafe String(validatingCString: text)
            else { return (code, nil) }
            return (code, unsafe User(name: name, uid: entry.pw_uid, gid: entry.pw_gid))
        }
    }

    /// Asks with ever larger buffers while the answer is ERANGE.
    @unsafe private static func answer<Entry>(
        _ question: (UnsafeMutablePointer<CChar>, Int) -> (code: CInt, entry: Entry?)
    ) -> Answer<Entry> {
        var size = 4096
        while true {
            let (code, entry) = unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: size) { buffer in
                guard let memory = buffer.baseAddress else { return (ENOMEM, Entry?.none) }
                return unsafe question(memory, buffer.count)
            }
            if code == ERANGE, size < maximum {
                size *= 4
                continue
            }
            if code != 0 { return .failed(code) }
            return entry.map { .found($0) } ?? .none
        }
    }
}
