package import UsherClient
internal import UsherSecrets
package import UsherWebCore

/// The key that codes of a hand-over to one origin are sealed with.
///
/// A code is `base64url(0x01 ‖ nonce(12) ‖ ChaCha20-Poly1305(key, nonce, data: 0x01, plain))`, its plain text the Unix
/// second at which it ends and the era in which usherd claims it (big-endian u64 each), the token (32 bytes), the
/// digest of the hop cookie (43 characters) and the address to which the browser goes.
package final class HandOverKey: Sendable {
    /// Bytes of an address at most.
    private static let addressSize = 4096
    private static let numberSize = 8
    private static let tokenSize = 32
    private static let head = 2 * numberSize + tokenSize + Token.textSize
    private static let overhead = 1 + GateSeal.nonceSize + GateSeal.tagSize

    private let key: GateSeal

    /// The key of `origin` under the gate's `key`.
    package init(gate key: Span<UInt8>, origin: Origin) {
        self.key = GateSeal(gate: key, purpose: "usher-gate hand-over 2", origin: origin)
    }

    /// What a code says.
    struct Code {
        /// The Unix second at which it ends.
        let end: Int64
        /// `ServerInfo.era` when it was made.
        let era: Int64
        let token: Token
        let hop: HopDigest
        let to: String
        /// 16 bytes that no other code has.
        let tag: [UInt8]
    }

    /// A code that brings `token` to `to`, an address of the key's origin; another one at each call. usherd claims it
    /// in `era` alone.
    package func seal(_ token: Token, to: String, hop: HopDigest, era: Int64, now: UnixTime) -> String {
        let size = Self.head + to.utf8.count
        var plain = SecretBytes(capacity: size)
        for number in [now.seconds + Int64(HandOver.lifetime), era] {
            for shift in stride(from: 56, through: 0, by: -8) {
                plain.append(UInt8(truncatingIfNeeded: number >> Int64(shift)))
            }
        }
        token.withBytes { _ = plain.append(copying: $0) }
        for byte in hop.text.utf8 { plain.append(byte) }
        for byte in to.utf8 { plain.append(byte) }

        var nonce = InlineArray<12, UInt8>(repeating: 0)
        var random = nonce.mutableSpan
        Random.fill(&random)
        var cipher = [UInt8](repeating: 0, count: size)
        var tag = InlineArray<16, UInt8>(repeating: 0)
        plain.withBytes { plain in
            var room = cipher.mutableSpan
            var code = tag.mutableSpan
            key.encrypt(plain, nonce: nonce.span, into: &room, tag: &code)
        }
        let sealed = [GateSeal.version] + nonce.indices.map { nonce[$0] } + cipher + tag.indices.map { tag[$0] }
        var text = [UInt8](repeating: 0, count: Base64URL.encodedCount(sealed.count))
        var room = text.mutableSpan
        Base64URL.encode(sealed.span, into: &room)
        return String(decoding: text, as: UTF8.self)
    }

    /// What the code `text` says; nil where it was not sealed with this key.
    func open(_ text: String) -> Code? {
        let characters = Array(text.utf8)
        let count = characters.count * 6 / 8
        guard (Self.overhead + Self.head...Self.overhead + Self.head + Self.addressSize).contains(count) else {
            return nil
        }
        var sealed = [UInt8](repeating: 0, count: count)
        var room = sealed.mutableSpan
        guard Base64URL.decode(characters.span, into: &room), sealed[0] == GateSeal.version else { return nil }
        var plain = [UInt8](repeating: 0, count: count - Self.overhead)
        defer { unsafe plain.withUnsafeMutableBytes { unsafe Wipe.zero($0) } }
        var out = plain.mutableSpan
        let (body, tag) = (1 + GateSeal.nonceSize, count - GateSeal.tagSize)
        let bytes = sealed.span
        guard
            key.decrypt(
                bytes.extracting(body..<tag), nonce: bytes.extracting(1..<body), tag: bytes.extracting(tag..<count),
                into: &out)
        else { return nil }
        return Self.code(plain, tag: Array(sealed[tag...]))
    }

    private static func code(_ plain: [UInt8], tag: [UInt8]) -> Code? {
        func number(at place: Int) -> Int64? {
            Int64(exactly: plain[place..<place + numberSize].reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
        }
        var token = InlineArray<32, UInt8>(repeating: 0)
        defer { unsafe withUnsafeMutableBytes(of: &token) { unsafe Wipe.zero($0) } }
        for index in token.indices { token[index] = plain[2 * numberSize + index] }
        guard let end = number(at: 0), let era = number(at: numberSize),
            let hop = HopDigest(String(decoding: plain[2 * numberSize + tokenSize..<head], as: UTF8.self))
        else { return nil }
        let to = String(decoding: plain[head...], as: UTF8.self)
        return Code(end: end, era: era, token: Token(moving: &token), hop: hop, to: to, tag: tag)
    }
}
