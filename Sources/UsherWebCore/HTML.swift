/// A piece of HTML: what stands in the source is markup, and every text that is put into it is escaped.
///
/// ```swift
/// let row: HTML = "<li title=\"\(session.context["user_agent"] ?? "")\">\(session.user)</li>"
/// ```
///
/// The five bytes that end a text or a quoted attribute are escaped (HTML, section 13.1.2). They are found as bytes,
/// because a quote and the combining mark behind it are one `Character`, which a search for quotes misses. Attributes
/// must stand in quotes; scripts, style sheets and addresses with a scheme of their own are not made safe.
public struct HTML: Sendable, Hashable, ExpressibleByStringInterpolation, CustomStringConvertible {
    /// The markup.
    public let markup: String

    /// Markup of the source.
    public init(stringLiteral markup: String) { self.markup = markup }

    /// Markup of the source with texts and other pieces in it.
    public init(stringInterpolation interpolation: StringInterpolation) { markup = interpolation.markup }

    /// Collects a piece.
    public struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var markup = ""

        /// Nothing yet.
        public init(literalCapacity: Int, interpolationCount: Int) { markup.reserveCapacity(literalCapacity) }

        /// Adds markup of the source.
        public mutating func appendLiteral(_ literal: String) { markup += literal }

        /// Adds a text, escaped.
        public mutating func appendInterpolation(_ text: String) { markup += HTML.escaped(text) }

        /// Adds a text, escaped.
        public mutating func appendInterpolation(_ text: some CustomStringConvertible) {
            markup += HTML.escaped(text.description)
        }

        /// Adds a piece as it is.
        public mutating func appendInterpolation(_ piece: HTML) { markup += piece.markup }

        /// Adds pieces as they are, one behind the other.
        public mutating func appendInterpolation(_ pieces: [HTML]) { for piece in pieces { markup += piece.markup } }
    }

    private static func escaped(_ text: String) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "&"): bytes += "&amp;".utf8
            case UInt8(ascii: "<"): bytes += "&lt;".utf8
            case UInt8(ascii: ">"): bytes += "&gt;".utf8
            case UInt8(ascii: "\""): bytes += "&#34;".utf8
            case UInt8(ascii: "'"): bytes += "&#39;".utf8
            default: bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The markup.
    public var description: String { markup }
}
