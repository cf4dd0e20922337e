package import UsherCluster
package import UsherLinkWire

extension StoreReply {
    /// Reads the store's answer to a call of `function`. A value that this function never answers is a refusal for
    /// another reason.
    package init(_ value: LinkValue, to function: LinkFunction) {
        self = Self.read(value, function) ?? .refused(.other)
    }

    /// The error that the store answered.
    package init(failure text: [UInt8]) { self = .refused(StoreRefusal(text: text)) }

    private static func read(_ value: LinkValue, _ function: LinkFunction) -> StoreReply? {
        if case .number(let number) = value {
            return switch function {
            case .probe: .probed
            case .leave: .left
            case .sweep: UInt64(exactly: number).map(StoreReply.swept)
            case .restoreEnds, .restoreAll, .restoreChanges: .told
            case .claim: number == 0 || number == 1 ? .claimed(number == 1) : nil
            default: nil
            }
        }
        guard case .list(let values) = value else { return nil }
        var reader = ValueReader(values)
        switch function {
        case .hello: return StoreGreeting(&reader).map(StoreReply.hello)
        case .open: return reader.number() != nil ? .opened : nil
        case .join: return reader.number().map { .joined(number: $0) }
        case .beat: return BeatReply(&reader).map(StoreReply.beat)
        case .get: return found(&reader)
        case .list: return listed(&reader)
        case .put: return put(&reader)
        case .end, .endall, .endrealm: return ended(&reader, function)
        case .move, .change: return changed(&reader)
        case .touch: return touched(&reader)
        case .again: return reader.list().flatMap(digests).map { .putBack(ended: $0) }
        case .trim: return trimmed(&reader)
        case .forget: return reader.number() != nil && reader.number() != nil ? .forgotten : nil
        case .probe, .leave, .sweep, .restoreEnds, .restoreAll, .restoreChanges, .claim: return nil
        }
    }

    private static func found(_ reader: inout ValueReader) -> StoreReply? {
        guard reader.number() != nil, let bytes = reader.bytes() else { return nil }
        switch bytes {
        case []: return .foundNothing
        case [UInt8(ascii: "X")]: return .foundEnded
        case [UInt8(ascii: "D")]: return .foundDoubtful
        default: return SharedRecord(storeBytes: bytes).map(StoreReply.found)
        }
    }

    private static func listed(_ reader: inout ValueReader) -> StoreReply? {
        guard reader.number() != nil, let cursor = reader.number(), let bytes = reader.bytes() else { return nil }
        var afterReader = StoreReader(bytes)
        guard let after = bytes.isEmpty ? SessionTag.none : afterReader.tag(), afterReader.isAtEnd else { return nil }
        var sessions: [ListedSession] = []
        while let bytes = reader.bytes() {
            guard let digest = digests([.bytes(bytes)])?.first, let record = reader.bytes(),
                let record = SharedRecord(storeBytes: record), let cursor = reader.number()
            else { return nil }
            sessions.append(ListedSession(digest: digest, record: record, cursor: cursor))
        }
        let next = ListPlace(cursor: cursor, after: after)
        return .listed(sessions, next: next == .start ? nil : next)
    }

    private static func put(_ reader: inout ValueReader) -> StoreReply? {
        guard let number = reader.number(), let evicted = digests(reader.remainder()) else { return nil }
        return .put(number: number, evicted: evicted)
    }

    private static func ended(_ reader: inout ValueReader, _ function: LinkFunction) -> StoreReply? {
        guard let number = reader.number() else { return nil }
        guard function == .end else { return reader.number().map { .ended(number: number, minimum: $0) } }
        guard let count = reader.number(), let minimum = reader.number(), let counted = reader.number() else {
            return nil
        }
        return .ended(number: number, lived: count > 0, minimum: minimum, isCounted: counted > 0)
    }

    private static func changed(_ reader: inout ValueReader) -> StoreReply? {
        guard let number = reader.number(), let minimum = reader.number() else { return nil }
        return .changed(number: number, minimum: minimum)
    }

    private static func trimmed(_ reader: inout ValueReader) -> StoreReply? {
        guard let removed = reader.number(), reader.stamp() != nil else { return nil }
        return .trimmed(removed: removed)
    }

    private static func touched(_ reader: inout ValueReader) -> StoreReply? {
        guard let absent = reader.list().flatMap(digests), let ended = reader.list().flatMap(digests) else {
            return nil
        }
        return .touched(absent: absent, ended: ended)
    }

    /// Nil where one of them is no digest.
    private static func digests(_ values: [LinkValue]) -> [SharedDigest]? {
        var digests: [SharedDigest] = []
        for value in values {
            guard case .bytes(let bytes) = value else { return nil }
            var reader = StoreReader(bytes)
            guard let digest = reader.digest(), reader.isAtEnd else { return nil }
            digests.append(digest)
        }
        return digests
    }
}

extension StoreGreeting {
    /// The version of the contract.
    private static let version: UInt64 = 1
    /// The greatest ordinal: the store counts in the integers of a double, and `server.hello` tells it to clients.
    private static let mostOrdinal: UInt64 = 1 << 53 - 1

    fileprivate init?(_ reader: inout ValueReader) {
        guard let version = reader.bytes(), let epoch = reader.bytes(), let ordinal = reader.bytes(),
            let opener = reader.bytes(), let lease = reader.bytes(), let check = reader.bytes(),
            let run = reader.bytes(), let number = reader.number(), let front = reader.stamp(),
            let seconds = reader.number(), reader.number() != nil, let policy = reader.bytes()
        else { return nil }
        let evicts = policy != Array("noeviction".utf8)
        if epoch.isEmpty {
            self.init(
                epoch: nil, ordinal: 0, isOpen: false, lease: 0, check: 0, number: number, front: front,
                seconds: seconds, evictsKeys: evicts)
            return
        }
        guard StoreText.number(version) == Self.version, let epoch = Epoch(text: epoch),
            let ordinal = StoreText.number(ordinal), ordinal <= Self.mostOrdinal,
            let lease = StoreText.number(lease), let check = StoreText.number(check, width: 16)
        else { return nil }
        self.init(
            epoch: epoch, ordinal: ordinal, isOpen: opener == run, lease: lease, check: check, number: number,
            front: front, seconds: seconds, evictsKeys: evicts)
    }
}

extension BeatReply {
    fileprivate init?(_ reader: inout ValueReader) {
        guard let granted = reader.number(), let number = reader.number(), let minimum = reader.number(),
            let whole = reader.number(), let seconds = reader.number(), reader.number() != nil,
            let list = reader.list(), let members = Self.members(list)
        else { return nil }
        self.init(
            isGranted: granted == 1, number: number, minimum: minimum, isWhole: whole > 0, lacksHosts: whole < 2,
            seconds: seconds, members: members)
    }

    private static func members(_ values: [LinkValue]) -> [MemberCount]? {
        guard values.count.isMultiple(of: 2) else { return nil }
        var members: [MemberCount] = []
        for at in stride(from: 0, to: values.count, by: 2) {
            guard let member = MemberCount(values[at], values[at + 1]) else { return nil }
            members.append(member)
        }
        return members
    }
}

extension MemberCount {
    /// A member and its value in the hash `members`.
    fileprivate init?(_ key: LinkValue, _ value: LinkValue) {
        guard case .bytes(let key) = key, case .bytes(let value) = value else { return nil }
        var keyReader = StoreReader(key)
        var reader = StoreReader(value)
        guard let member = keyReader.member(), keyReader.isAtEnd, let beats: UInt64 = reader.number(),
            let joined: UInt64 = reader.number(), let state: UInt8 = reader.number(),
            let name = reader.remainder(most: StoreWireLimits.note)
        else { return nil }
        self.init(
            member: member, beats: beats, joined: joined, name: String(decoding: name, as: UTF8.self),
            isThrough: state != 0)
    }
}

/// Reads a list of values. Each is nil where too little is left, or the value is of another kind.
private struct ValueReader {
    private var rest: ArraySlice<LinkValue>

    init(_ values: [LinkValue]) { rest = values[...] }

    /// An integer, or its decimal digits.
    mutating func number() -> UInt64? {
        switch rest.popFirst() {
        case .number(let number): UInt64(exactly: number)
        case .bytes(let digits): StoreText.number(digits)
        default: nil
        }
    }

    mutating func stamp() -> Stamp? {
        guard let ordinal = number(), let number = number() else { return nil }
        return Stamp(ordinal: ordinal, number: number)
    }

    mutating func bytes() -> [UInt8]? {
        if case .bytes(let bytes) = rest.popFirst() { bytes } else { nil }
    }

    mutating func list() -> [LinkValue]? {
        if case .list(let values) = rest.popFirst() { values } else { nil }
    }

    mutating func remainder() -> [LinkValue] {
        defer { rest = [] }
        return Array(rest)
    }
}
