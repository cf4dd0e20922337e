/// SipHash-2-4 (Aumasson and Bernstein, 2012): a 64-bit hash. Without its 128-bit key nobody can choose inputs that
/// collide.
///
/// Strangers choose the names and sources that are hashed. `Hasher` will not do: its key ends with the process, and
/// these hashes outlive it. Rejected: HMAC of Nettle, which the processes that run PAM modules would then have to load.
package struct KeyedHash: Sendable {
    private var v: (UInt64, UInt64, UInt64, UInt64)
    private var word: UInt64 = 0
    private var count: UInt64 = 0

    /// A hash under the key `(low, high)`, the key's first eight bytes in `low`.
    package init(key: (low: UInt64, high: UInt64)) {
        v.0 = key.low ^ 0x736f_6d65_7073_6575
        v.1 = key.high ^ 0x646f_7261_6e64_6f6d
        v.2 = key.low ^ 0x6c79_6765_6e65_7261
        v.3 = key.high ^ 0x7465_6462_7974_6573
    }

    private mutating func round() {
        v.0 &+= v.1
        v.2 &+= v.3
        v.1 = (v.1 << 13 | v.1 >> 51) ^ v.0
        v.3 = (v.3 << 16 | v.3 >> 48) ^ v.2
        v.0 = v.0 << 32 | v.0 >> 32
        v.2 &+= v.1
        v.0 &+= v.3
        v.1 = (v.1 << 17 | v.1 >> 47) ^ v.2
        v.3 = (v.3 << 21 | v.3 >> 43) ^ v.0
        v.2 = v.2 << 32 | v.2 >> 32
    }

    private mutating func compress(_ block: UInt64) {
        v.3 ^= block
        round()
        round()
        v.0 ^= block
    }

    /// Adds a byte.
    package mutating func append(_ byte: UInt8) {
        word |= UInt64(byte) << ((count & 7) * 8)
        count &+= 1
        guard count & 7 == 0 else { return }
        compress(word)
        word = 0
    }

    /// Adds bytes.
    package mutating func append(contentsOf bytes: some Sequence<UInt8>) {
        for byte in bytes { append(byte) }
    }

    /// The hash of all bytes added.
    package consuming func value() -> UInt64 {
        compress(word | count << 56)
        v.2 ^= 0xFF
        for _ in 0..<4 { round() }
        return v.0 ^ v.1 ^ v.2 ^ v.3
    }
}
