internal import CCrypt
internal import CLinux
internal import UsherPAMWire

/// Adds work to a refusal: it hashes if the modules hashed less or not at all, so that other users of the machine
/// cannot feel whether a name has an account and a password.
///
/// OpenSSH has modules check a password that is wrong for sure. Here only the modules know what they make of a name, so
/// that their work is not repeated but measured: it is the processor time of this process and of the programs that it
/// has waited for.
enum EqualWork {
    /// yescrypt(5) with little memory, a millisecond or two: it uses a processor as a hash of the host's default does.
    private static let large = "$y$j5T$usherusherusherusheru/"
    /// SHA-512 with few rounds, a fraction of a millisecond.
    private static let small = "$6$rounds=1000$usher"

    /// The work that this process has done so far.
    static var done: PAMWork { PAMWork(microseconds: UInt32(clamping: usher_processor_time() / 1000)) }

    /// Works until this process has used `work`.
    static func reach(_ work: PAMWork) {
        guard done < work else { return }
        var (scratch, size) = unsafe (UnsafeMutableRawPointer?.none, Int32(0))
        defer { unsafe free(scratch) }
        reach(work, by: { done }) { isLarge in
            _ = unsafe crypt_ra("", isLarge ? large : small, &scratch, &size)
        }
    }

    /// Calls `hash`, for much work or for little, until `clock` says that `work` has been done. The clock runs on
    /// between two looks at it: each decision takes one look.
    static func reach(_ work: PAMWork, by clock: () -> PAMWork, hash: (Bool) -> Void) {
        var unit: UInt32 = 0
        while true {
            let before = clock()
            guard before < work else { return }
            let isLarge = work.microseconds - before.microseconds > unit
            hash(isLarge)
            if isLarge { unit = max(unit, clock().microseconds - before.microseconds) }
        }
    }
}
