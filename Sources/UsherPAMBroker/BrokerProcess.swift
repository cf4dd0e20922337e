internal import CLinux
internal import CSystemd
internal import UsherEventLoop
package import UsherPAMWire
internal import UsherPOSIX

/// What the broker takes from its surroundings: inherited sockets, the kernel's abilities, processors, accounts.
package enum BrokerProcess {
    /// The strongest separation of logins' processes that this kernel can do. If it can do none, standard error says
    /// so, once for a broker. The parameters have the broker go on as on a kernel without Landlock, or without
    /// Landlock's scope of signals.
    package static func separation(ignoringLandlock: Bool, ignoringSignalScope: Bool) -> PAMSeparation {
        let most: PAMSeparation = ignoringLandlock ? .none : ignoringSignalScope ? .memory : .signals
        let level = usher_separation(Int32(most.rawValue))
        let error = usher_errno()
        let found = PAMSeparation(rawValue: UInt8(clamping: level)) ?? .none
        if found == .none {
            let why = unsafe String(cString: strerror(error))
            complain(
                "logins are not kept apart by Landlock (\(why)): "
                    + "a PAM module can read what programs that modules of other logins started hold")
        }
        return found
    }

    /// The socket that systemd passes under `name`; nil where there is none.
    package static func activatedSocket(named name: String) -> Int32? {
        (try? Activation())?.descriptors(named: name).first
    }

    /// sd_is_socket(3): whether it is a listening Unix socket for datagrams in sequence. Makes it close-on-exec.
    package static func isListening(_ descriptor: Int32) -> Bool {
        guard sd_is_socket(descriptor, AF_UNIX, Int32(SOCK_SEQPACKET.rawValue), 1) > 0 else { return false }
        return usher_set_cloexec(descriptor, 1) == 0
    }

    /// access(2): whether the file may be executed.
    package static func isExecutable(_ path: String) -> Bool { unsafe access(path, X_OK) == 0 }

    /// Cores that this process may use (sched_getaffinity(2)), at least 1.
    package static var cores: Int {
        var allowed = cpu_set_t()
        guard unsafe sched_getaffinity(0, MemoryLayout<cpu_set_t>.size, &allowed) == 0 else { return 1 }
        return unsafe withUnsafeBytes(of: allowed) { bytes in
            var count = 0
            for index in bytes.indices { count += unsafe bytes[index].nonzeroBitCount }
            return max(1, count)
        }
    }

    /// Writes a line to standard error, as an error to the journal (sd-daemon(3)). If standard error is a stream that
    /// the journal does not read, the line is lost: the broker waits for nobody.
    static func complain(_ line: String) { write(line, priority: 3) }

    /// The same as a warning.
    static func warn(_ line: String) { write(line, priority: 4) }

    private static func write(_ line: String, priority: Int) {
        let bytes = Array("<\(priority)>usher-pam: \(line)\n".utf8)
        guard unsafe usher_send(2, bytes, bytes.count, -1) < 0, usher_errno() == ENOTSOCK else { return }
        _ = unsafe CLinux.write(2, bytes, bytes.count)
    }

    /// The effective uid.
    package static var ownUID: UInt32 { geteuid() }

    /// The uid of an account.
    package static func uid(of name: String) -> UInt32? { AccountDatabase.user(named: name).entry?.uid }
}
