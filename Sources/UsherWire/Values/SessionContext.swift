/// What a client says about a login: where it came from, on which terminal. It is checked and kept as the bytes of a
/// compact JSON object, which answers contain unchanged.
package struct SessionContext: Equatable, Sendable {
    /// The object: names and values in the order given, each text in one encoding. At most `WireLimit.contextEncoded`
    /// bytes.
    package let json: [UInt8]
    /// The address that `remote_ip` names; `json` has the text as the client wrote it.
    package let remoteAddress: NumericAddress?

    /// Reads the object at `reader`: names `[a-z_]{1,32}`, none twice, string values without NUL, `remote_ip` a numeric
    /// address. Throws `.tooLarge` above 16 members or 1 KiB of names and values.
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

    /// `remote_ip` of an earlier `json`; nil without one.
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
