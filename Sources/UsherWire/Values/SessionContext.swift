/// What a client says about a login: where it came from, on which terminal. Checked, and kept as the bytes of a compact
/// JSON object, which answers then send as they stand.
package struct SessionContext: Equatable, Sendable {
    /// The object: each name and value in our one encoding, in the order given. At most `WireLimit.contextEncoded`
    /// bytes.
    package let json: [UInt8]
    /// `remote_ip`, read; `json` has it as it was given.
    package let remoteAddress: NumericAddress?

    /// Reads the object at `reader`: at most 16 members, names `[a-z_]{1,32}`, none twice, string values without NUL,
    /// 1 KiB in all (else `.tooLarge`), `remote_ip` a numeric address.
    init(_ reader: inout JSONReader, _ bytes: Span<UInt8>) throws(Refusal) {
        var out = FrameBuffer(capacity: WireLimit.contextEncoded)
        var names: [JSONText] = []
        var size = 0
        var remote: JSONText?
        try reader.enterObject(bytes)
        out.beginObject()
        while let name = try reader.nextKey(bytes) {
            try Self.check(name, names, bytes)
            let value = try reader.wholeText(bytes)
            guard !value.hasNUL else { throw .invalidParams }
            names.append(name)
            size += name.count(in: bytes) + value.count(in: bytes)
            guard names.count <= WireLimit.contextMembers, size <= WireLimit.contextBytes else { throw .tooLarge }
            if name.equals("remote_ip", in: bytes) { remote = value }
            out.value(name, in: bytes)
            out.colon()
            out.value(value, in: bytes)
        }
        out.endObject()
        guard out.endText() else { throw .tooLarge }
        json = out.copy()
        remoteAddress = remote?.withBytes(in: bytes) { NumericAddress($0) } ?? nil
        guard remote == nil || remoteAddress != nil else { throw .invalidParams }
    }

    /// `remote_ip` of an object that was kept; nil where there is none.
    package static func remoteAddress(ofKept json: Span<UInt8>) -> NumericAddress? {
        guard !json.isEmpty else { return nil }
        var reader = JSONReader(0..<json.count)
        return (try? SessionContext(&reader, json))?.remoteAddress
    }

    private static func check(_ name: JSONText, _ names: [JSONText], _ bytes: Span<UInt8>) throws(Refusal) {
        let count = name.count(in: bytes)
        guard count > 0, count <= WireLimit.contextName else { throw .invalidParams }
        var cursor = TextCursor(name)
        while let byte = cursor.next(bytes) {
            guard byte == UInt8(ascii: "_") || (byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z")) else {
                throw .invalidParams
            }
        }
        for other in names where name.equals(other, in: bytes, own: bytes) { throw .invalidParams }
    }
}
