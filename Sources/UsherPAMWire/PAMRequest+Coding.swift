internal import UsherNames
package import UsherPOSIX
internal import UsherSecrets

private enum Kind {
    static let hello: UInt8 = 0x01
    static let setup: UInt8 = 0x02
    static let start: UInt8 = 0x03
    static let answers: UInt8 = 0x04
    static let cancel: UInt8 = 0x05
    static let fork: UInt8 = 0x06
    static let survey: UInt8 = 0x07
}

extension PAMRequest {
    /// Replaces the content of `datagram` by this message. Throws `badValue` where a field is outside its limits.
    package borrowing func encode(into datagram: inout Datagram) throws(PAMWireError) {
        datagram.wipe()
        switch self {
        case .hello(let version):
            try datagram.put(Kind.hello)
            try datagram.put(version)
        case .setup(let setup):
            try datagram.put(Kind.setup)
            try datagram.put(setup.serviceDirectory, limit: PAMLimits.path)
            try datagram.put(setup.nice)
            try datagram.put(setup.separation.rawValue)
            try datagram.put(setup.minimumUID)
        case .fork: try datagram.put(Kind.fork)
        case .start(let start):
            try start.encode(into: &datagram)
        case .survey(let survey):
            try datagram.put(Kind.survey)
            try survey.encode(into: &datagram)
        case .answers(let answers):
            try answers.encode(into: &datagram)
        case .cancel(let transaction):
            try datagram.put(Kind.cancel)
            try datagram.put(transaction)
        }
    }

    /// The message that `bytes` are, all of them. O(n).
    package static func decode(_ bytes: Span<UInt8>) throws(PAMWireError) -> PAMRequest {
        var reader = PAMReader()
        let request = try body(&reader, bytes)
        try reader.end(bytes)
        return request
    }

    private static func body(_ reader: inout PAMReader, _ bytes: Span<UInt8>) throws(PAMWireError) -> PAMRequest {
        switch try reader.number(UInt8.self, bytes) {
        case Kind.hello: .hello(version: try reader.number(UInt16.self, bytes))
        case Kind.setup: .setup(try PAMSetup.decode(&reader, bytes))
        case Kind.fork: .fork
        case Kind.start: .start(try PAMStart.decode(&reader, bytes))
        case Kind.survey: .survey(try PAMSurvey(from: &reader, bytes))
        case Kind.answers: .answers(try PAMAnswers.decode(&reader, bytes))
        case Kind.cancel: .cancel(transaction: try reader.number(UInt64.self, bytes))
        default: throw PAMWireError(.unknownKind)
        }
    }
}

extension PAMSetup {
    fileprivate static func decode(
        _ reader: inout PAMReader, _ bytes: Span<UInt8>
    ) throws(PAMWireError) -> PAMSetup {
        let directory = try reader.optionalText(limit: PAMLimits.path, bytes)
        let nice = try reader.number(UInt8.self, bytes)
        guard nice < 20, let separation = PAMSeparation(rawValue: try reader.number(UInt8.self, bytes)) else {
            throw PAMWireError(.badValue)
        }
        return PAMSetup(
            serviceDirectory: directory, nice: nice, separation: separation,
            minimumUID: try reader.number(UInt32.self, bytes))
    }
}

extension PAMStart {
    fileprivate borrowing func encode(into datagram: inout Datagram) throws(PAMWireError) {
        try datagram.put(Kind.start)
        try datagram.put(transaction)
        try datagram.put(service, limit: PAMLimits.service)
        try datagram.put(user, limit: PAMLimits.name)
        try datagram.put(remoteHost, limit: PAMLimits.host)
        try datagram.put(remoteUser, limit: PAMLimits.name)
        try datagram.put(peer)
        try datagram.put(timeout)
        try datagram.put(options.rawValue)
        try datagram.put(UInt8(credentialKey == nil ? 0 : 1))
        if let credentialKey {
            try datagram.put(credentialKey.low)
            try datagram.put(credentialKey.high)
        }
        try datagram.put(UInt8(uid == nil ? 0 : 1))
        if let uid { try datagram.put(uid) }
        try datagram.put(work.microseconds)
        switch password {
        case .none: try datagram.put(UInt8(0))
        case .some(let password):
            try datagram.put(UInt8(1))
            try password.withBytes { (bytes) throws(PAMWireError) in
                guard !bytes.contains(0) else { throw PAMWireError(.badValue) }
                try datagram.put(secret: bytes)
            }
        }
    }

    fileprivate static func decode(
        _ reader: inout PAMReader, _ bytes: Span<UInt8>
    ) throws(PAMWireError) -> PAMStart {
        let transaction = try reader.number(UInt64.self, bytes)
        let service = try reader.text(limit: PAMLimits.service, bytes)
        let user = try reader.text(limit: PAMLimits.name, bytes)
        let remoteHost = try reader.optionalText(limit: PAMLimits.host, bytes)
        let remoteUser = try reader.optionalText(limit: PAMLimits.name, bytes)
        let peer = try reader.number(UInt32.self, bytes)
        let timeout = try reader.time(bytes)
        let options = PAMOptions(rawValue: try reader.number(UInt8.self, bytes))
        guard options.isSubset(of: .known) else { throw PAMWireError(.badValue) }
        let key =
            try reader.flag(bytes)
            ? CredentialKey(low: try reader.number(UInt64.self, bytes), high: try reader.number(UInt64.self, bytes))
            : nil
        let uid = try reader.flag(bytes) ? try reader.number(UInt32.self, bytes) : nil
        let work = PAMWork(microseconds: try reader.number(UInt32.self, bytes))
        guard work <= PAMLimits.work else { throw PAMWireError(.badValue) }
        let password = try reader.flag(bytes) ? try reader.secret(bytes) : nil
        return PAMStart(
            transaction: transaction, service: service, user: user, remoteHost: remoteHost, remoteUser: remoteUser,
            peer: peer, timeout: timeout, options: options, credentialKey: key, uid: uid, work: work,
            password: password.map { SecretBytes(copying: bytes.extracting($0)) })
    }
}

extension PAMAnswers {
    fileprivate borrowing func encode(into datagram: inout Datagram) throws(PAMWireError) {
        try datagram.put(Kind.answers)
        try datagram.put(transaction)
        try datagram.put(UInt8(count))
        for index in 0..<count {
            try withAnswer(index) { (answer) throws(PAMWireError) in try datagram.put(secret: answer) }
        }
    }

    fileprivate static func decode(
        _ reader: inout PAMReader, _ bytes: Span<UInt8>
    ) throws(PAMWireError) -> PAMAnswers {
        var answers = PAMAnswers(transaction: try reader.number(UInt64.self, bytes))
        for _ in 0..<(try reader.count(limit: PAMLimits.messages, bytes)) {
            guard answers.append(bytes.extracting(try reader.secret(bytes))) else { throw PAMWireError(.badValue) }
        }
        return answers
    }
}
