public import UsherClient

/// The value of one cookie in the `Cookie` fields of a request.
public enum CookieReading: Sendable, Hashable {
    /// The cookie is not there.
    case none
    /// The cookie holds this token, which may or may not prove a session.
    case token(Token)
    /// The cookie holds something else.
    case malformed
    /// The cookie is there twice or more. A browser keeps one `__Host-` cookie of a name for a host, so none is
    /// believed. Delete it.
    case several
}

/// Looks for one cookie in the `Cookie` fields of a request: HTTP/2 may split them (RFC 9113, section 8.2.3).
///
/// Pairs stand between `;`, blanks around a pair do not count, and the name is compared byte for byte. Quotes belong to
/// the value (rfc6265bis, section 5.6).
package struct CookieSearch<Value> {
    /// What the fields said so far.
    package enum Finding {
        /// The cookie is not there.
        case none
        /// The value that was read from the cookie; nil where it could not be read.
        case one(Value?)
        /// The cookie is there twice or more.
        case several
    }

    private let name: String
    private let value: (Span<UInt8>) -> Value?
    /// What the fields said so far.
    package private(set) var finding = Finding.none

    /// A search for the cookie `name`, whose bytes `value` reads.
    package init(_ name: String, value: @escaping (Span<UInt8>) -> Value?) {
        self.name = name
        self.value = value
    }

    /// Takes the value of one `Cookie` field.
    package mutating func read(_ field: Span<UInt8>) {
        var finding = finding
        field.forEachPart(of: 0..<field.count, separatedBy: UInt8(ascii: ";")) { part in
            let pair = field.trimmed(part)
            guard let equals = field.first(UInt8(ascii: "="), in: pair),
                field.holds(name, in: pair.lowerBound..<equals)
            else { return }
            if case .none = finding {
                finding = .one(value(field.extracting(equals + 1..<pair.upperBound)))
            } else {
                finding = .several
            }
        }
        self.finding = finding
    }
}

/// Looks for a cookie that holds a token: 43 characters of base64url, so a quoted one is malformed.
struct CookieReader {
    private var search: CookieSearch<Token>

    /// A reader that has seen no field.
    init(_ name: String) { search = CookieSearch(name) { Token(utf8: $0) } }

    /// Takes the value of one `Cookie` field.
    mutating func read(_ field: Span<UInt8>) { search.read(field) }

    /// What the fields said so far.
    var reading: CookieReading {
        switch search.finding {
        case .none: .none
        case .one(let token): token.map { .token($0) } ?? .malformed
        case .several: .several
        }
    }
}
