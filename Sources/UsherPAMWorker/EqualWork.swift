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
        var unit: UInt32 = 0
        while done < work {
            let before = done.microseconds
            let isLarge = work.microseconds - before > unit
            _ = unsafe crypt_ra("", isLarge ? large : small, &scratch, &size)
            if isLarge { unit = max(unit, done.microseconds - before) }
        }
    }
}
