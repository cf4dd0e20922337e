/// A JSON value as the vectors write it: integers only.
public indirect enum JSONValue: Equatable, Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    case text(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// The value that `bytes` encode; nil where they encode none.
    ///
    /// A reader of its own, recursive and lenient: the tests do not trust the codec to read what they expect of it, and
    /// Foundation cannot be imported beside CLinux (their C modules define `fd_set` in two ways).
    public init?(json bytes: [UInt8]) {
        var parser = JSONParser(bytes)
        guard let value = parser.value() else { return nil }
        self = value
    }

    /// The member of an object; nil where there is none.
    public subscript(_ name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members[name]
    }

    /// The integer, when it is one.
    public var integer: Int64? {
        guard case .integer(let integer) = self else { return nil }
        return integer
    }

    /// The text, when it is one.
    public var text: String? {
        guard case .text(let text) = self else { return nil }
        return text
    }

    /// The elements, when it is an array.
    public var array: [JSONValue]? {
        guard case .array(let array) = self else { return nil }
        return array
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral {
    /// A text.
    public init(stringLiteral value: String) { self = .text(value) }
    /// An integer.
    public init(integerLiteral value: Int64) { self = .integer(value) }
    /// A boolean.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
}

private struct JSONParser {
    private let bytes: [UInt8]
    private var at = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    private mutating func next() -> UInt8? {
        while at < bytes.count, bytes[at] <= 0x20 { at += 1 }
        return at < bytes.count ? bytes[at] : nil
    }

    private mutating func take(_ character: Character) -> Bool {
        guard next() == character.asciiValue else { return false }
        at += 1
        return true
    }

    mutating func value() -> JSONValue? {
        switch next() {
        case UInt8(ascii: "{"): object()
        case UInt8(ascii: "["): array()
        case UInt8(ascii: "\""): text().map { .text($0) }
        case nil: nil
        default: scalar()
        }
    }

    private mutating func scalar() -> JSONValue? {
        let start = at
        while at < bytes.count, !#" ,]}"#.utf8.contains(bytes[at]), bytes[at] > 0x20 { at += 1 }
        switch String(decoding: bytes[start..<at], as: UTF8.self) {
        case "true": return true
        case "false": return false
        case "null": return .null
        case let number: return Int64(number).map { .integer($0) }
        }
    }

    private mutating func object() -> JSONValue? {
        var members: [String: JSONValue] = [:]
        at += 1
        while !take("}") {
            _ = take(",")
            guard next() == UInt8(ascii: "\""), let key = text(), take(":"), let value = value() else { return nil }
            members[key] = value
        }
        return .object(members)
    }

    private mutating func array() -> JSONValue? {
        var elements: [JSONValue] = []
        at += 1
        while !take("]") {
            _ = take(",")
            guard let value = value() else { return nil }
            elements.append(value)
        }
        return .array(elements)
    }

    private mutating func text() -> String? {
        var units: [UInt16] = []
        at += 1
        while at < bytes.count, bytes[at] != UInt8(ascii: "\"") {
            guard bytes[at] == UInt8(ascii: "\\") else {
                let end = bytes[at...].firstIndex { #""\"#.utf8.contains($0) } ?? bytes.count
                units.append(contentsOf: String(decoding: bytes[at..<end], as: UTF8.self).utf16)
                at = end
                continue
            }
            guard let unit = escape() else { return nil }
            units.append(unit)
        }
        at += 1
        return String(decoding: units, as: UTF16.self)
    }

    private mutating func escape() -> UInt16? {
        guard at + 1 < bytes.count else { return nil }
        let letter = bytes[at + 1]
        at += 2
        switch letter {
        case UInt8(ascii: "b"): return 8
        case UInt8(ascii: "t"): return 9
        case UInt8(ascii: "n"): return 10
        case UInt8(ascii: "f"): return 12
        case UInt8(ascii: "r"): return 13
        case UInt8(ascii: "u"):
            guard at + 4 <= bytes.count else { return nil }
            defer { at += 4 }
            return UInt16(String(decoding: bytes[at..<at + 4], as: UTF8.self), radix: 16)
        default: return UInt16(letter)
        }
    }
}
