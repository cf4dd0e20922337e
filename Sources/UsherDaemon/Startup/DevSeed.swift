internal import UsherConfiguration
internal import UsherPOSIX
internal import UsherSecrets

/// 128 random bits in the file `seed` of a `--dev` directory. A secret that is generated for a user is a hash of them,
/// so that it stays the same even if `login.json` is lost.
struct DevSeed {
    /// Bytes of the file.
    private static let size = 16

    private let key: (low: UInt64, high: UInt64)

    /// The directory's seed, made where there is none.
    init(_ directory: borrowing DevDirectory) throws(StartupError) {
        let known = try directory.contains("seed") ? directory.read("seed", limit: Self.size) : []
        if known.count == Self.size {
            key = (Self.word(known[..<8]), Self.word(known[8...]))
        } else {
            key = (Random.word(), Random.word())
            try directory.write(Self.bytes(key.low) + Self.bytes(key.high), to: "seed")
        }
    }

    /// A password of 128 bits as text.
    func password(of user: String) -> String {
        var text = [UInt8](repeating: 0, count: Base64URL.encodedCount(Self.size))
        var characters = text.mutableSpan
        Base64URL.encode(bytes("password", user).span, into: &characters)
        return String(decoding: text, as: UTF8.self)
    }

    /// Six digits.
    func code(of user: String) -> String {
        let digits = String(word("code", user) % 1_000_000)
        return String(repeating: "0", count: 6 - digits.utf8.count) + digits
    }

    /// 16 bytes for the salt of the password's hash.
    func salt(of user: String) -> [UInt8] { bytes("salt", user) }

    private func bytes(_ purpose: StaticString, _ user: String) -> [UInt8] {
        Self.bytes(word(purpose, user)) + Self.bytes(word(purpose, user + "\0"))
    }

    private func word(_ purpose: StaticString, _ user: String) -> UInt64 {
        var hash = KeyedHash(key: key)
        hash.append(contentsOf: "\(purpose)\0\(user)".utf8)
        return hash.value()
    }

    private static func word(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }

    private static func bytes(_ word: UInt64) -> [UInt8] {
        stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> $0) }
    }
}
