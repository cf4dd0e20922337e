internal import CLinux

/// Zeroing that no optimiser leaves out (explicit_bzero(3)).
package enum Wipe {
    /// Zeroes `bytes`.
    @unsafe package static func zero(_ bytes: UnsafeMutableRawBufferPointer) {
        guard let start = bytes.baseAddress else { return }
        unsafe usher_wipe(start, bytes.count)
    }
}
