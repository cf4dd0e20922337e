internal import CLinux

/// Random bytes of the kernel's generator (getrandom(2)), the only source of tokens, tags and transaction names.
package enum Random {
    /// Fills `bytes`.
    package static func fill(_ bytes: inout MutableSpan<UInt8>) {
        let failed = unsafe bytes.withUnsafeMutableBytes { unsafe usher_random($0.baseAddress, $0.count) }
        precondition(failed == 0, "getrandom(2) is missing")
    }

    /// 64 random bits.
    package static func word() -> UInt64 {
        var word: UInt64 = 0
        let failed = unsafe withUnsafeMutableBytes(of: &word) { unsafe usher_random($0.baseAddress, $0.count) }
        precondition(failed == 0, "getrandom(2) is missing")
        return word
    }
}
