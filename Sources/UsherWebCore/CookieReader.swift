public import UsherClient

/// What a request's `Cookie` fields say of one cookie.
public enum CookieReading: Sendable, Hashable {
    /// The cookie is not there.
    case none
    /// The cookie holds this token, which may or may not prove a session.
    case token(Token)
    /// The cookie holds something else.
    case malformed
    /// The cookie is there twice or more. Browsers cannot have two of one host, so neither is believed. Delete it.
    case several
}

/// Looks for one cookie in the `Cookie` fields of a request: HTTP/2 may split them (RFC 9113, section 8.2.3).
///
/// Pairs stand between `;`, blanks around a pair do not count, the name is compared byte for byte, and the value is 43
/// characters of base64url. Quotes belong to the value (rfc6265bis, section 5.6), so a quoted one is malformed.
struct CookieReader {
    /// The name of the cookie.
    let name: String
    /// What the fields said so far.
    private(set) var reading = CookieReading.none

    /// A reader that has seen no field.
    init(_ name: String) { self.name = name }

    /// Takes the value of one `Cookie` field.
    mutating func read(_ field: Span<UInt8>) {
        var reading = reading
        field.forEachPart(of: 0..<field.count, separatedBy: UInt8(ascii: ";")) { part in
            let pair = field.trimmed(part)
            guard let equals = field.first(UInt8(ascii: "="), in: pair),
                field.holds(name, in: pair.lowerBound..<equals)
            else { return }
            reading = reading == .none ? Self.value(field.extracting(equals + 1..<pair.upperBound)) : .several
        }
        self.reading = reading
    }

    private static func value(_ text: Span<UInt8>) -> CookieReading {
        Token(utf8: text).map { .token($0) } ?? .malformed
    }
}
