internal import CLinux
internal import UsherNames
internal import UsherPAMWire

/// The account database, asked here because a directory behind it may take its time, crash or leak.
enum PasswdLookup: Equatable {
    case found(PAMVerdict.Account)
    case missing
    /// The database did not answer.
    case unavailable

    /// getpwnam_r(3) of `name`.
    init(name: String) { unsafe self.init { unsafe getpwnam_r(name, $0, $1, $2, $3) } }

    /// getpwuid_r(3) of `uid`.
    init(uid: uid_t) { unsafe self.init { unsafe getpwuid_r(uid, $0, $1, $2, $3) } }

    /// Where the entry goes, a buffer for its strings and the size of that, and where to say that there is one.
    private typealias Question = (
        UnsafeMutablePointer<passwd>, UnsafeMutablePointer<CChar>, Int,
        UnsafeMutablePointer<UnsafeMutablePointer<passwd>?>
    ) -> Int32

    /// What `question` finds, with a buffer up to 1 MiB: NSS modules put a whole entry there.
    @unsafe private init(_ question: Question) {
        var size = 4096
        while size <= 1 << 20 {
            if let result = unsafe Self.look(size, question) {
                self = result
                return
            }
            size *= 4
        }
        self = .unavailable
    }

    /// Nil where the buffer is too small. ENOENT and its like mean "no such account", see the man page.
    @unsafe private static func look(_ size: Int, _ question: Question) -> PasswdLookup? {
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: size) { buffer in
            guard let memory = buffer.baseAddress else { return .unavailable }
            var entry = unsafe passwd()
            var found: UnsafeMutablePointer<passwd>?
            switch unsafe question(&entry, memory, buffer.count, &found) {
            case 0, ENOENT, ESRCH, EBADF, EPERM:
                guard unsafe found != nil, let name = unsafe entry.pw_name else { return .missing }
                guard let name = unsafe String(validatingCString: name), UserName.isValid(name) else { return .missing }
                return unsafe .found(.init(name: name, uid: entry.pw_uid))
            case ERANGE: return nil
            default: return .unavailable
            }
        }
    }
}
