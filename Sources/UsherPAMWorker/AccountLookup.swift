internal import CLinux
internal import UsherPAMWire

/// The account database, asked here because a directory behind it may take its time, crash or leak.
enum AccountLookup: Equatable {
    case found(PAMVerdict.Account)
    case missing
    /// The database did not answer.
    case unavailable

    /// getpwnam_r(3) of `name`, with a buffer up to 1 MiB: NSS modules put a whole entry there.
    init(name: String) {
        var size = 4096
        while size <= 1 << 20 {
            if let result = Self.look(name, size) {
                self = result
                return
            }
            size *= 4
        }
        self = .unavailable
    }

    /// Nil where the buffer is too small. ENOENT and its like mean "no such account", see the man page.
    private static func look(_ name: String, _ size: Int) -> AccountLookup? {
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: size) { buffer in
            guard let memory = buffer.baseAddress else { return .unavailable }
            var entry = unsafe passwd()
            var found: UnsafeMutablePointer<passwd>?
            switch unsafe getpwnam_r(name, &entry, memory, buffer.count, &found) {
            case 0, ENOENT, ESRCH, EBADF, EPERM:
                guard unsafe found != nil, let name = unsafe entry.pw_name else { return .missing }
                guard let name = unsafe String(validatingCString: name), PAMText.isUser(name) else { return .missing }
                return unsafe .found(.init(name: name, uid: entry.pw_uid))
            case ERANGE: return nil
            default: return .unavailable
            }
        }
    }
}
