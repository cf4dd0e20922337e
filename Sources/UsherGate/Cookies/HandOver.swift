package import UsherClient
internal import UsherSecrets
package import UsherWebCore

/// The digest by which the portal knows a browser's hop cookie: SHA-256 of its 32 bytes, in base64url.
package struct HopDigest: Sendable, Hashable {
    /// 43 characters.
    package let text: String

    /// The digest of a browser's bytes.
    package init(_ hop: Token) {
        text = hop.withBytes { bytes in
            let digest = SHA256.digest(bytes)
            var text = InlineArray<43, UInt8>(repeating: 0)
            var characters = text.mutableSpan
            Base64URL.encode(digest.span, into: &characters)
            return String(decoding: text.indices.map { text[$0] }, as: UTF8.self)
        }
    }

    /// A digest that came with a request; nil for any other text. It need not be secret:
    /// ``HandOver/arrive(_:at:hop:now:)`` only compares it with the cookie's.
    package init?(_ text: String) {
        guard Token(text) != nil else { return nil }
        self.text = text
    }
}

/// Sessions on their way from the portal to a tool's origin, each under a code that is used once.
///
/// Invariant: at most `capacity` codes. A full table drops the oldest code of the user who has the most. Time is a
/// parameter. A code works at one origin and in the browser with its hop cookie: a code that is mailed to somebody else
/// logs nobody in.
package struct HandOver {
    /// How long a code is good: a redirect takes less.
    package static let lifetime = Duration.seconds(60)

    private struct Entry {
        let token: Token
        let origin: Origin
        let hop: HopDigest
        let to: String
    }

    private var entries: FlowTable<Token, Entry>

    /// An empty table for `capacity` codes, at least one.
    package init(capacity: Int) { entries = FlowTable(capacity: capacity) }

    /// Has room for `capacity` codes from now on.
    package mutating func resize(_ capacity: Int) { _ = entries.resize(capacity) }

    /// Makes a code for a session of `user` that goes to `to`, an address of `origin`.
    package mutating func issue(
        _ token: Token, of user: String, to: String, at origin: Origin, hop: HopDigest, now: ContinuousClock.Instant
    ) -> Token {
        let code = Token.fresh()
        _ = entries.insert(
            Entry(token: token, origin: origin, hop: hop, to: to), named: code, source: user,
            until: now + Self.lifetime, now: now)
        return code
    }

    /// What came of a code.
    package enum Arrival: Sendable, Hashable {
        /// The session, and where the browser wanted to go.
        case arrived(Token, to: String)
        /// The browser shows another hop cookie than the one of the code, or none. `to` is where the browser wanted to
        /// go.
        case otherBrowser(to: String)
        /// There is no such code at this origin.
        case unknown
    }

    /// Uses a code up, whatever comes of it.
    package mutating func arrive(
        _ code: Token, at origin: Origin, hop: HopDigest?, now: ContinuousClock.Instant
    ) -> Arrival {
        guard let entry = entries.take(code, now: now, where: { _ in true }), entry.origin == origin else {
            return .unknown
        }
        return entry.hop == hop ? .arrived(entry.token, to: entry.to) : .otherBrowser(to: entry.to)
    }
}
