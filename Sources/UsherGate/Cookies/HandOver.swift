package import UsherClient
internal import UsherSecrets
internal import UsherWebCore

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

/// Sessions on their way from the portal to a tool's origin, each in a code that is used once.
///
/// A code is sealed, so that any gate with the same key takes it, whichever made it. It works for a minute, at one
/// origin, and in the browser with its hop cookie: a code that is mailed to somebody else logs nobody in. Two gates may
/// get the same code; usherd lets only one of them take it, by a ``Claim``. Each gate remembers the codes that have
/// arrived there. So a code that is shown again costs usherd no call, and a code that another browser has shown is used
/// up.
///
/// Invariant: at most `capacity` codes are remembered. A full table forgets the oldest code of the browser with the
/// most.
package struct HandOver {
    /// How long a code is good: a redirect takes less.
    package static let lifetime = 60
    /// Seconds by which the clocks of two gates may differ.
    static let skew = 60

    private var used: FlowTable<[UInt8], Void>

    /// Remembers `capacity` codes, at least one.
    package init(capacity: Int) { used = FlowTable(capacity: capacity) }

    /// Remembers `capacity` codes from now on.
    package mutating func resize(_ capacity: Int) { _ = used.resize(capacity) }

    /// What usherd must be asked before a code counts: `UsherClient.claim`.
    package struct Claim: Sendable, Hashable {
        /// 32 bytes that no other code has, and that tell nothing of this one: usherd and the store see them.
        package let code: Token
        /// The era in which the code was made.
        package let era: Int64
        /// When the code is over by the clock of every gate.
        package let until: UnixTime

        init(_ code: HandOverKey.Code) {
            var digest = SHA256.digest(code.tag.span)
            self.code = Token(moving: &digest)
            era = code.era
            // One gate's clock may be ahead, and the clock of the store or of another gate behind.
            until = UnixTime(seconds: code.end + Int64(2 * HandOver.skew))
        }
    }

    /// What came of a code.
    package enum Arrival: Sendable, Hashable {
        /// The session, and where the browser wanted to go, unless the claim fails.
        case arrived(Token, to: String, Claim)
        /// The browser shows another hop cookie than the one of the code, or none. `to` is where the browser wanted to
        /// go.
        case otherBrowser(to: String)
        /// The code is over, or has arrived before.
        case unknown
        /// No gate with this key has made the code for this origin.
        case foreign
    }

    /// Uses up the code `text`, which `key` of its origin has sealed, whatever comes of it.
    package mutating func arrive(
        _ text: String, by key: HandOverKey, hop: HopDigest?, now: UnixTime, instant: ContinuousClock.Instant
    ) -> Arrival {
        guard let code = key.open(text) else { return .foreign }
        guard now.seconds < code.end, code.end <= now.seconds + Int64(Self.lifetime + Self.skew) else {
            return .unknown
        }
        guard used.flow(code.tag, now: instant) == nil else { return .unknown }
        // The clock of the code's gate decides when it ends.
        let memory = Duration.seconds(code.end - now.seconds)
        _ = used.insert((), named: code.tag, source: code.hop.text, until: instant + memory, now: instant)
        return code.hop == hop ? .arrived(code.token, to: code.to, Claim(code)) : .otherBrowser(to: code.to)
    }
}
