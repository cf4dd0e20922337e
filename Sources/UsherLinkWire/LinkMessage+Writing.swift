extension LinkMessage {
    /// The datagram.
    package func encoded() throws(LinkError) -> [UInt8] {
        var writer = LinkWriter()
        switch self {
        case .configure(let version, let copies, let prefix):
            writer.begin(.configure)
            writer.put(version)
            writer.put(copies)
            writer.put(prefix)
        case .call(let id, let function, let isConfirmed, let milliseconds, let arguments):
            writer.begin(.call, id)
            writer.put(function.rawValue)
            writer.put(isConfirmed)
            writer.put(milliseconds)
            writer.put(UInt32(arguments.count))
            for argument in arguments { writer.put(argument) }
        case .follow(let id, let ordinal, let number, let member):
            writer.begin(.follow, id)
            writer.put(ordinal)
            writer.put(number)
            writer.put(member)
        case .more(let id, let count):
            writer.begin(.more, id)
            writer.put(count)
        case .greet(let version):
            writer.begin(.greet)
            writer.put(version)
        case .up: writer.begin(.up)
        case .down(let reason):
            writer.begin(.down)
            writer.put(reason)
        case .away(let reason):
            writer.begin(.away)
            writer.put(reason)
        case .reply(let id, let value):
            writer.begin(.reply, id)
            try writer.put(value, depth: 0)
        case .failure(let id, let text):
            writer.begin(.failure, id)
            writer.put(text)
        case .entries(let id, let isEnd, let entries):
            writer.begin(.entries, id)
            writer.put(isEnd)
            writer.put(UInt32(entries.count))
            for entry in entries {
                writer.put(entry.ordinal)
                writer.put(entry.number)
                writer.put(entry.body)
            }
        case .bell(let id, let minimum):
            writer.begin(.bell, id)
            writer.put(minimum)
        }
        guard writer.bytes.count <= LinkLimits.datagram else { throw LinkError(.tooLarge) }
        return writer.bytes
    }
}

/// The bytes of a message so far.
private struct LinkWriter {
    private(set) var bytes: [UInt8] = []

    mutating func begin(_ kind: LinkKind) { bytes.append(kind.rawValue) }

    mutating func begin(_ kind: LinkKind, _ id: UInt64) {
        begin(kind)
        put(id)
    }

    mutating func put<Number: FixedWidthInteger & UnsignedInteger>(_ number: Number) {
        for shift in stride(from: Number.bitWidth - 8, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: number >> Number(shift)))
        }
    }

    mutating func put(_ flag: Bool) { bytes.append(flag ? 1 : 0) }

    mutating func put(_ some: [UInt8]) {
        put(UInt32(clamping: some.count))
        bytes += some
    }

    mutating func put(_ value: LinkValue, depth: Int) throws(LinkError) {
        switch value {
        case .none: bytes.append(0)
        case .number(let number):
            bytes.append(1)
            put(UInt64(bitPattern: number))
        case .bytes(let some):
            bytes.append(2)
            put(some)
        case .list(let values):
            guard depth < LinkLimits.depth else { throw LinkError(.badValue) }
            bytes.append(3)
            put(UInt32(clamping: values.count))
            for value in values { try put(value, depth: depth + 1) }
        }
    }
}
