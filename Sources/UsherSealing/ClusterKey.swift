internal import CNettle
internal import UsherSecrets

/// One key of a cluster, kept as the keys that are derived from it. They are zeroed with the last reference to it.
final class ClusterKey: Sendable {
    /// Bytes of a cluster's key.
    static let size = 32
    /// Bytes of the key that records are sealed with: two of AES-256.
    private static let sealSize = 64

    /// Its number in the file, which each record that it has sealed names.
    let number: UInt8
    /// Distinguishes two keys that have the same number. It is not secret.
    let mark: UInt32
    /// The check value that all hosts compare before they join. It is not secret.
    let check: UInt64
    private let seal: SecretBytes
    private let names: SecretBytes
    private let ends: SecretBytes
    private let tokens: SecretBytes

    /// The key with these bytes.
    init(number: UInt8, bytes: Span<UInt8>) {
        precondition(bytes.count == Self.size)
        self.number = number
        seal = DerivedKey.make(from: bytes, label: "seal", count: Self.sealSize)
        names = DerivedKey.make(from: bytes, label: "user", count: Self.size)
        ends = DerivedKey.make(from: bytes, label: "end", count: Self.size)
        tokens = DerivedKey.make(from: bytes, label: "token", count: Self.size)
        mark = UInt32(truncatingIfNeeded: DerivedKey.number(from: bytes, label: "mark"))
        check = DerivedKey.number(from: bytes, label: "check")
    }

    /// Lends a context of AES-SIV, which is zeroed behind `body`.
    func withContext<R>(_ body: (inout siv_cmac_aes256_ctx) -> R) -> R {
        var context = siv_cmac_aes256_ctx()
        seal.withBytes { key in
            unsafe key.withUnsafeBufferPointer { unsafe nettle_siv_cmac_aes256_set_key(&context, $0.baseAddress) }
        }
        defer { unsafe withUnsafeMutableBytes(of: &context) { unsafe Wipe.zero($0) } }
        return body(&context)
    }

    /// 31 bits of the HMAC-SHA256 of `text`, and the top bit set.
    func pseudonym(_ text: [UInt8]) -> UInt32 {
        var code = InlineArray<4, UInt8>(repeating: 0)
        var room = code.mutableSpan
        MessageCode.fill(&room, key: names, text.span, Span())
        return 0x8000_0000 | code.indices.reduce(0) { $0 << 8 | UInt32(code[$1]) }
    }

    /// What a token's absolute end is masked with: 32 bits of the HMAC-SHA256 of its random bytes.
    func mask(of random: Span<UInt8>) -> UInt32 {
        var code = InlineArray<4, UInt8>(repeating: 0)
        var room = code.mutableSpan
        MessageCode.fill(&room, key: ends, random, Span())
        return code.indices.reduce(0) { $0 << 8 | UInt32(code[$1]) }
    }

    /// The proof of a token whose first bytes are `start`: 64 bits of the HMAC-SHA256 of `purpose` and `start`. The
    /// caller zeroes it.
    func proof(of start: Span<UInt8>, purpose: [UInt8]) -> InlineArray<8, UInt8> {
        var code = InlineArray<8, UInt8>(repeating: 0)
        var room = code.mutableSpan
        MessageCode.fill(&room, key: tokens, purpose.span, start)
        return code
    }
}
