public import UsherClient
internal import UsherSecrets

/// The fields of a posted form, `application/x-www-form-urlencoded` (WHATWG URL, section 5.1).
///
/// A password goes from the body into a ``Secret`` byte by byte and is never a `String`. The decoded bytes stand in one
/// block that is zeroed when the value ends; the caller wipes the body itself. Unlike a browser, which would guess,
/// this refuses a field that is there twice, a `%` without two hexadecimal digits, a NUL, and text that is not UTF-8:
/// only own pages post here.
public struct FormBody: ~Copyable, Sendable {
    /// Why a body is refused.
    public enum Refusal: Error, Sendable, Hashable {
        /// The body is no urlencoded form; answer 415.
        case contentType
        /// There are more bytes or fields than allowed; answer 413.
        case tooLarge
        /// A field is there twice.
        case duplicate
        /// A `%` without two hexadecimal digits.
        case encoding
        /// A NUL, or bytes that are not UTF-8.
        case text
        /// An answer is longer than PAM takes (``Secret/capacity``).
        case secretTooLong

        /// The HTTP status that says so.
        public var status: Int {
            switch self {
            case .contentType: 415
            case .tooLarge: 413
            case .duplicate, .encoding, .text, .secretTooLong: 400
            }
        }
    }

    /// Bytes of a body at most, unless the caller gives a limit: sixteen times PAM's longest answer.
    public static let usualLimit = 8192
    /// Fields at most: a challenge of PAM has 32 prompts (PAM_MAX_NUM_MSG), and a page some fields of its own.
    public static let fieldLimit = 40

    private struct Field: Sendable {
        let name: Range<Int>
        let value: Range<Int>
    }

    private let decoded: SecretBytes
    private let fields: [Field]

    /// Whether the value of a `Content-Type` field says that the body is such a form, whatever its parameters.
    public static func isForm(contentType: String?) -> Bool {
        contentType?.withBytes { type in
            let end = type.first(UInt8(ascii: ";"), in: 0..<type.count) ?? type.count
            return type.holds(anyCaseOf: "application/x-www-form-urlencoded", in: type.trimmed(0..<end))
        } ?? false
    }

    /// Reads and checks the whole of `body`, which has `limit` bytes at most.
    public init(_ body: Span<UInt8>, limit: Int = Self.usualLimit) throws(Refusal) {
        guard body.count <= limit else { throw .tooLarge }
        var decoded = SecretBytes(capacity: body.count)
        var fields: [Field] = []
        var start = 0
        while start < body.count {
            let end = body.first(UInt8(ascii: "&"), in: start..<body.count) ?? body.count
            if start < end {
                guard fields.count < Self.fieldLimit else { throw .tooLarge }
                fields.append(try Self.decode(body, start..<end, into: &decoded))
            }
            start = end + 1
        }
        try decoded.withBytes { (bytes) throws(Refusal) in try Self.check(fields, bytes) }
        self.decoded = decoded
        self.fields = fields
    }

    /// Decodes name and value, one behind the other.
    private static func decode(
        _ body: Span<UInt8>, _ range: Range<Int>, into decoded: inout SecretBytes
    ) throws(Refusal) -> Field {
        let equals = body.first(UInt8(ascii: "="), in: range) ?? range.upperBound
        let name = try percentDecode(body, range.lowerBound..<equals, into: &decoded)
        let start = min(equals + 1, range.upperBound)
        return Field(name: name, value: try percentDecode(body, start..<range.upperBound, into: &decoded))
    }

    private static func percentDecode(
        _ body: Span<UInt8>, _ range: Range<Int>, into decoded: inout SecretBytes
    ) throws(Refusal) -> Range<Int> {
        let start = decoded.count
        var at = range.lowerBound
        while at < range.upperBound {
            switch body[at] {
            case UInt8(ascii: "+"): decoded.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard range.upperBound - at > 2, let high = body[at + 1].hexDigit, let low = body[at + 2].hexDigit
                else { throw .encoding }
                decoded.append(high << 4 | low)
                at += 2
            case let byte: decoded.append(byte)
            }
            at += 1
        }
        return start..<decoded.count
    }

    private static func check(_ fields: [Field], _ bytes: Span<UInt8>) throws(Refusal) {
        for (index, field) in fields.enumerated() {
            try checkText(bytes.extracting(field.name))
            try checkText(bytes.extracting(field.value))
            for other in fields[..<index] where bytes.equal(field.name, other.name) { throw .duplicate }
        }
    }

    private static func checkText(_ text: Span<UInt8>) throws(Refusal) {
        guard text.first(0, in: 0..<text.count) == nil, (try? UTF8Span(validating: text)) != nil else { throw .text }
    }

    /// How many fields there are.
    public var count: Int { fields.count }

    /// Whether there is a field of this name.
    public func has(_ name: String) -> Bool { value(of: name) != nil }

    /// The value of a field; nil where it is not there. Not for passwords.
    public func text(_ name: String) -> String? {
        guard let range = value(of: name) else { return nil }
        return decoded.withBytes { bytes in
            String(decoding: range.map { bytes[$0] }, as: UTF8.self)
        }
    }

    /// The value of a field that must not outlive its use; nil where it is not there.
    public func secret(_ name: String) throws(Refusal) -> Secret? {
        guard let range = value(of: name) else { return nil }
        let secret = decoded.withBytes { Secret(copying: $0.extracting(range)) }
        guard let secret else { throw .secretTooLong }
        return secret
    }

    private func value(of name: String) -> Range<Int>? {
        decoded.withBytes { bytes in fields.first { bytes.holds(name, in: $0.name) }?.value }
    }
}

extension Span<UInt8> {
    fileprivate func equal(_ left: Range<Int>, _ right: Range<Int>) -> Bool {
        left.count == right.count && zip(left, right).allSatisfy { self[$0] == self[$1] }
    }
}
