package import UsherSecrets

/// `session.update`.
@frozen package struct UpdateParams: ~Copyable {
    /// The session.
    package let token: SessionToken
    /// What is set and removed.
    package let data: DataPatch
    /// The version that the session must have, from 1.
    package let ifVersion: Int64?

    package init(_ request: Request, in bytes: Span<UInt8>) throws(Refusal) {
        var members = try ObjectReader(request, bytes)
        var token: SessionToken?
        var data: DataPatch?
        var ifVersion: Int64?
        while let key = try members.next(bytes) {
            if try members.matches(key, "token", 0, bytes) {
                token = try members.reader.token(bytes)
            } else if try members.matches(key, "data", 1, bytes) {
                data = try DataPatch(&members.reader, bytes)
            } else if try members.matches(key, "if_version", 2, bytes) {
                ifVersion = try members.reader.integer(bytes, in: 1...WireLimit.integer)
            }
        }
        guard let token, let data else { throw .invalidParams }
        self.token = token
        self.data = data
        self.ifVersion = ifVersion
    }
}

extension FrameBuffer {
    /// `session.update`. A nil value removes the key.
    package mutating func writeUpdate(
        id: Int64, token: borrowing SessionToken, data: [(key: String, value: String?)], ifVersion: Int64? = nil
    ) -> Ending {
        beginRequest(.update, id: id)
        member(token)
        key("data")
        beginObject()
        for entry in data {
            value(entry.key)
            colon()
            if let text = entry.value { value(text) } else { null() }
        }
        endObject()
        if let ifVersion {
            key("if_version")
            value(ifVersion)
        }
        return endRequest()
    }

    /// `{"version":n}`: the result of `session.update`.
    package mutating func versionResult(_ version: Int64) {
        beginObject()
        key("version")
        value(version)
        endObject()
    }
}

extension CountResult {
    /// `version` of `session.update`.
    package static func version(_ result: Range<Int>, in bytes: Span<UInt8>) throws(Refusal) -> Int64 {
        try member("version", result, bytes, 1...WireLimit.integer)
    }
}
