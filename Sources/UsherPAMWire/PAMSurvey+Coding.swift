internal import UsherNames
internal import UsherPOSIX

extension PAMSurvey {
    /// Appends the message without its kind.
    func encode(into datagram: inout Datagram) throws(PAMWireError) {
        guard 1...PAMLimits.surveyed ~= names.count else { throw PAMWireError(.badValue) }
        try datagram.put(transaction)
        try datagram.put(timeout)
        try datagram.put(credentialKey.low)
        try datagram.put(credentialKey.high)
        try datagram.put(UInt16(names.count))
        for name in names { try datagram.put(name, limit: PAMLimits.name) }
    }

    init(from reader: inout PAMReader, _ bytes: Span<UInt8>) throws(PAMWireError) {
        transaction = try reader.number(UInt64.self, bytes)
        timeout = try reader.time(bytes)
        credentialKey = CredentialKey(
            low: try reader.number(UInt64.self, bytes), high: try reader.number(UInt64.self, bytes))
        let count = Int(try reader.number(UInt16.self, bytes))
        guard 1...PAMLimits.surveyed ~= count else { throw PAMWireError(.badValue) }
        names = []
        for _ in 0..<count { names.append(try reader.text(limit: PAMLimits.name, bytes)) }
    }
}

extension PAMSurveyed {
    /// Appends the message without its kind.
    func encode(into datagram: inout Datagram) throws(PAMWireError) {
        guard digests.count <= PAMLimits.surveyed else { throw PAMWireError(.badValue) }
        try datagram.put(transaction)
        try datagram.put(UInt16(digests.count))
        for digest in digests { try datagram.put(digest.rawValue) }
    }

    init(from reader: inout PAMReader, _ bytes: Span<UInt8>) throws(PAMWireError) {
        transaction = try reader.number(UInt64.self, bytes)
        let count = Int(try reader.number(UInt16.self, bytes))
        guard count <= PAMLimits.surveyed else { throw PAMWireError(.badValue) }
        digests = []
        for _ in 0..<count { digests.append(try reader.digest(bytes)) }
    }
}

extension PAMReader {
    /// A digest, which is not 0.
    mutating func digest(_ bytes: Span<UInt8>) throws(PAMWireError) -> AccountDigest {
        guard let digest = AccountDigest(rawValue: try number(UInt32.self, bytes)) else {
            throw PAMWireError(.badValue)
        }
        return digest
    }
}
