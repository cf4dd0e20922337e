internal import UsherNames
package import UsherPOSIX

private enum Kind {
    static let hello: UInt8 = 0x81
    static let challenge: UInt8 = 0x82
    static let verdict: UInt8 = 0x83
    static let failed: UInt8 = 0x84
    static let started: UInt8 = 0x85
    static let forked: UInt8 = 0x86
    static let accountsChanged: UInt8 = 0x87
    static let surveyed: UInt8 = 0x88
}

extension PAMReport {
    /// Replaces the content of `datagram` by this message. Throws `badValue` where a field is outside its limits.
    package func encode(into datagram: inout Datagram) throws(PAMWireError) {
        datagram.wipe()
        switch self {
        case .hello(let hello): try hello.encode(into: &datagram)
        case .started(let transaction, let worker):
            try datagram.put(Kind.started)
            try datagram.put(transaction)
            try datagram.put(process: worker)
        case .forked(let worker):
            try datagram.put(Kind.forked)
            try datagram.put(process: worker)
        case .challenge(let challenge): try challenge.encode(into: &datagram)
        case .verdict(let verdict): try verdict.encode(into: &datagram)
        case .failed(let transaction, let failure):
            try datagram.put(Kind.failed)
            try datagram.put(transaction)
            try failure.encode(into: &datagram)
        case .surveyed(let surveyed):
            try datagram.put(Kind.surveyed)
            try surveyed.encode(into: &datagram)
        case .accountsChanged(let changes):
            try datagram.put(Kind.accountsChanged)
            try datagram.put(changes.rawValue)
        }
    }

    /// The message that `bytes` are, all of them. O(n).
    package static func decode(_ bytes: Span<UInt8>) throws(PAMWireError) -> PAMReport {
        var reader = PAMReader()
        let report = try body(&reader, bytes)
        try reader.end(bytes)
        return report
    }

    private static func body(_ reader: inout PAMReader, _ bytes: Span<UInt8>) throws(PAMWireError) -> PAMReport {
        switch try reader.number(UInt8.self, bytes) {
        case Kind.hello: .hello(try PAMHello(from: &reader, bytes))
        case Kind.started:
            .started(transaction: try reader.number(UInt64.self, bytes), worker: try reader.process(bytes))
        case Kind.forked: .forked(worker: try reader.process(bytes))
        case Kind.challenge: .challenge(try PAMChallenge(from: &reader, bytes))
        case Kind.verdict: .verdict(try PAMVerdict(from: &reader, bytes))
        case Kind.failed:
            .failed(transaction: try reader.number(UInt64.self, bytes), try PAMFailure(from: &reader, bytes))
        case Kind.surveyed: .surveyed(try PAMSurveyed(from: &reader, bytes))
        case Kind.accountsChanged: .accountsChanged(try reader.changes(bytes))
        default: throw PAMWireError(.unknownKind)
        }
    }
}

extension Datagram {
    fileprivate mutating func put(_ credential: AccountCredential?) throws(PAMWireError) {
        try put(UInt8(credential == nil ? 0 : 1))
        guard let credential else { return }
        try put(credential.fingerprint)
        try put(UInt8(credential.isLocked ? 1 : 0))
    }

    fileprivate mutating func put(process: Int32) throws(PAMWireError) {
        guard process > 0 else { throw PAMWireError(.badValue) }
        try put(UInt32(process))
    }
}

extension PAMReader {
    fileprivate mutating func credential(_ bytes: Span<UInt8>) throws(PAMWireError) -> AccountCredential? {
        guard try flag(bytes) else { return nil }
        return AccountCredential(fingerprint: try number(UInt32.self, bytes), isLocked: try flag(bytes))
    }

    /// What has changed, at least one thing.
    fileprivate mutating func changes(_ bytes: Span<UInt8>) throws(PAMWireError) -> AccountChanges {
        let changes = AccountChanges(rawValue: try number(UInt8.self, bytes))
        guard !changes.isEmpty, changes.isSubset(of: .all) else { throw PAMWireError(.badValue) }
        return changes
    }

    fileprivate mutating func process(_ bytes: Span<UInt8>) throws(PAMWireError) -> Int32 {
        guard let process = Int32(exactly: try number(UInt32.self, bytes)), process > 0 else {
            throw PAMWireError(.badValue)
        }
        return process
    }
}

extension PAMHello {
    fileprivate func encode(into datagram: inout Datagram) throws(PAMWireError) {
        try datagram.put(Kind.hello)
        for number in [version, computing, conversing, waiting] { try datagram.put(number) }
    }

    fileprivate init(from reader: inout PAMReader, _ bytes: Span<UInt8>) throws(PAMWireError) {
        version = try reader.number(UInt16.self, bytes)
        computing = try reader.number(UInt16.self, bytes)
        conversing = try reader.number(UInt16.self, bytes)
        waiting = try reader.number(UInt16.self, bytes)
    }
}

extension [PAMPrompt] {
    private var fitsTogether: Bool { reduce(0) { $0 + $1.text.utf8.count } <= PAMLimits.texts }

    fileprivate func encode(into datagram: inout Datagram) throws(PAMWireError) {
        guard count <= PAMLimits.messages, fitsTogether else { throw PAMWireError(.badValue) }
        try datagram.put(UInt8(count))
        for prompt in self {
            try datagram.put(prompt.style.rawValue)
            try datagram.put(UInt8(prompt.isCut ? 1 : 0))
            try datagram.put(shown: prompt.text)
        }
    }

    fileprivate init(from reader: inout PAMReader, _ bytes: Span<UInt8>) throws(PAMWireError) {
        self = []
        for _ in 0..<(try reader.count(limit: PAMLimits.messages, bytes)) {
            guard let style = PromptStyle(rawValue: try reader.number(UInt8.self, bytes)) else {
                throw PAMWireError(.badValue)
            }
            let isCut = try reader.flag(bytes)
            append(PAMPrompt(style, try reader.shownText(bytes), isCut: isCut))
        }
        guard fitsTogether else { throw PAMWireError(.badValue) }
    }
}

extension PAMChallenge {
    fileprivate func encode(into datagram: inout Datagram) throws(PAMWireError) {
        guard prompts.contains(where: \.style.wantsAnswer) else { throw PAMWireError(.badValue) }
        try datagram.put(Kind.challenge)
        try datagram.put(transaction)
        try datagram.put(purpose.rawValue)
        try datagram.put(user, limit: PAMLimits.name)
        try prompts.encode(into: &datagram)
    }

    fileprivate init(from reader: inout PAMReader, _ bytes: Span<UInt8>) throws(PAMWireError) {
        transaction = try reader.number(UInt64.self, bytes)
        guard let purpose = LoginPurpose(rawValue: try reader.number(UInt8.self, bytes)) else {
            throw PAMWireError(.badValue)
        }
        self.purpose = purpose
        user = try reader.text(limit: PAMLimits.name, bytes)
        prompts = try [PAMPrompt](from: &reader, bytes)
        guard prompts.contains(where: \.style.wantsAnswer) else { throw PAMWireError(.badValue) }
    }
}

extension PAMVerdict {
    fileprivate func encode(into datagram: inout Datagram) throws(PAMWireError) {
        guard texts.allSatisfy({ !$0.style.wantsAnswer }) else { throw PAMWireError(.badValue) }
        try datagram.put(Kind.verdict)
        try datagram.put(transaction)
        try datagram.put(phase.rawValue)
        try datagram.put(UInt32(bitPattern: code))
        try datagram.put(user, limit: PAMLimits.name)
        try datagram.put(account?.name, limit: PAMLimits.name)
        if let account { try datagram.put(account.uid) }
        try datagram.put(credential)
        try datagram.put(earlier)
        try datagram.put(UInt8(isUIDTaken ? 1 : 0))
        try datagram.put(digest?.rawValue ?? 0)
        try datagram.put(work.microseconds)
        try texts.encode(into: &datagram)
    }

    fileprivate init(from reader: inout PAMReader, _ bytes: Span<UInt8>) throws(PAMWireError) {
        transaction = try reader.number(UInt64.self, bytes)
        guard let phase = Phase(rawValue: try reader.number(UInt8.self, bytes)) else { throw PAMWireError(.badValue) }
        self.phase = phase
        code = Int32(bitPattern: try reader.number(UInt32.self, bytes))
        user = try reader.text(limit: PAMLimits.name, bytes)
        account = nil
        if let name = try reader.optionalText(limit: PAMLimits.name, bytes) {
            account = Account(name: name, uid: try reader.number(UInt32.self, bytes))
        }
        credential = try reader.credential(bytes)
        earlier = try reader.credential(bytes)
        isUIDTaken = try reader.flag(bytes)
        digest = AccountDigest(rawValue: try reader.number(UInt32.self, bytes))
        work = PAMWork(microseconds: try reader.number(UInt32.self, bytes))
        texts = try [PAMPrompt](from: &reader, bytes)
        guard texts.allSatisfy({ !$0.style.wantsAnswer }) else { throw PAMWireError(.badValue) }
    }
}

extension PAMFailure {
    fileprivate func encode(into datagram: inout Datagram) throws(PAMWireError) {
        switch self {
        case .busy(let retryAfter):
            try datagram.put(UInt8(1))
            try datagram.put(retryAfter)
        case .queueFull: try datagram.put(UInt8(2))
        case .timeout: try datagram.put(UInt8(3))
        case .cancelled: try datagram.put(UInt8(4))
        case .crashed(let signal):
            try datagram.put(UInt8(5))
            try datagram.put(signal)
        case .exited(let status):
            try datagram.put(UInt8(6))
            try datagram.put(status)
        case .spawnFailed: try datagram.put(UInt8(7))
        case .serviceUnknown: try datagram.put(UInt8(8))
        case .serviceNotServed: try datagram.put(UInt8(10))
        case .protocolViolated: try datagram.put(UInt8(9))
        }
    }

    fileprivate init(from reader: inout PAMReader, _ bytes: Span<UInt8>) throws(PAMWireError) {
        switch try reader.number(UInt8.self, bytes) {
        case 1: self = .busy(retryAfter: try reader.time(bytes))
        case 2: self = .queueFull
        case 3: self = .timeout
        case 4: self = .cancelled
        case 5: self = .crashed(signal: try reader.number(UInt8.self, bytes))
        case 6: self = .exited(status: try reader.number(UInt8.self, bytes))
        case 7: self = .spawnFailed
        case 8: self = .serviceUnknown
        case 10: self = .serviceNotServed
        case 9: self = .protocolViolated
        default: throw PAMWireError(.badValue)
        }
    }
}
