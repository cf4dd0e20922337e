extension LinkMessage {
    /// Reads the message that fills `datagram`. Throws for bytes behind its last field.
    package init(_ datagram: [UInt8]) throws(LinkError) {
        guard datagram.count <= LinkLimits.datagram else { throw LinkError(.tooLarge) }
        var reader = LinkReader(datagram)
        self = try Self.read(&reader)
        guard reader.isAtEnd else { throw LinkError(.trailing) }
    }

    private static func read(_ reader: inout LinkReader) throws(LinkError) -> LinkMessage {
        guard let kind = LinkKind(rawValue: try reader.byte()) else { throw LinkError(.unknownKind) }
        switch kind {
        case .configure:
            return .configure(version: try reader.number(), copies: try reader.number(), prefix: try reader.bytes())
        case .call: return try readCall(&reader)
        case .follow:
            return .follow(
                try reader.number(), ordinal: try reader.number(), number: try reader.number(),
                member: try reader.bytes())
        case .more: return .more(try reader.number(), count: try reader.number())
        case .greet: return .greet(version: try reader.number())
        case .up: return .up
        case .down: return .down(try reader.bytes())
        case .away: return .away(try reader.bytes())
        case .reply: return .reply(try reader.number(), try reader.value(depth: 0))
        case .failure: return .failure(try reader.number(), try reader.bytes())
        case .entries: return try readEntries(&reader)
        case .bell: return .bell(try reader.number(), minimum: try reader.number())
        }
    }

    private static func readCall(_ reader: inout LinkReader) throws(LinkError) -> LinkMessage {
        let id: UInt64 = try reader.number()
        guard let function = LinkFunction(rawValue: try reader.byte()) else { throw LinkError(.badValue) }
        let isConfirmed = try reader.flag()
        let milliseconds: UInt32 = try reader.number()
        var arguments: [[UInt8]] = []
        for _ in 0..<(try reader.count(least: 4)) { arguments.append(try reader.bytes()) }
        return .call(id, function, isConfirmed: isConfirmed, milliseconds: milliseconds, arguments)
    }

    private static func readEntries(_ reader: inout LinkReader) throws(LinkError) -> LinkMessage {
        let id: UInt64 = try reader.number()
        let isEnd = try reader.flag()
        var entries: [LinkEntry] = []
        for _ in 0..<(try reader.count(least: 20)) {
            entries.append(
                LinkEntry(ordinal: try reader.number(), number: try reader.number(), body: try reader.bytes()))
        }
        return .entries(id, isEnd: isEnd, entries)
    }
}

/// What is left of a datagram.
private struct LinkReader {
    private let datagram: [UInt8]
    private var at = 0

    init(_ datagram: [UInt8]) { self.datagram = datagram }

    var isAtEnd: Bool { at == datagram.count }

    mutating func byte() throws(LinkError) -> UInt8 {
        guard at < datagram.count else { throw LinkError(.truncated) }
        defer { at += 1 }
        return datagram[at]
    }

    mutating func flag() throws(LinkError) -> Bool {
        switch try byte() {
        case 0: return false
        case 1: return true
        default: throw LinkError(.badValue)
        }
    }

    mutating func number<Number: FixedWidthInteger & UnsignedInteger>() throws(LinkError) -> Number {
        var number: Number = 0
        for _ in 0..<Number.bitWidth / 8 { number = number << 8 | Number(try byte()) }
        return number
    }

    /// A count of fields that have at least `least` bytes each: no more than fit what is left.
    mutating func count(least: Int) throws(LinkError) -> Int {
        let count: UInt32 = try number()
        guard Int(count) <= (datagram.count - at) / least else { throw LinkError(.truncated) }
        return Int(count)
    }

    mutating func bytes() throws(LinkError) -> [UInt8] {
        let count = try count(least: 1)
        defer { at += count }
        return Array(datagram[at..<at + count])
    }

    mutating func value(depth: Int) throws(LinkError) -> LinkValue {
        switch try byte() {
        case 0: return .none
        case 1: return .number(Int64(bitPattern: try number()))
        case 2: return .bytes(try bytes())
        case 3:
            guard depth < LinkLimits.depth else { throw LinkError(.badValue) }
            var values: [LinkValue] = []
            for _ in 0..<(try count(least: 1)) { values.append(try value(depth: depth + 1)) }
            return .list(values)
        default: throw LinkError(.badValue)
        }
    }
}
