/// The fields of a datagram in the journal's native form (https://systemd.io/JOURNAL_NATIVE_PROTOCOL).
package struct JournalFields {
    private var values: [String: String] = [:]

    /// Nil where the bytes are no such datagram, or a field is there twice.
    package init?(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            guard let end = rest.firstIndex(of: 10), rest.count >= end - rest.startIndex + 10 else { return nil }
            let name = String(decoding: rest[..<end], as: UTF8.self)
            let size = rest[(end + 1)..<(end + 9)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
            rest = rest[(end + 9)...]
            guard let count = Int(exactly: size), rest.count > count, rest[rest.startIndex + count] == 10 else {
                return nil
            }
            guard values.updateValue(String(decoding: rest.prefix(count), as: UTF8.self), forKey: name) == nil else {
                return nil
            }
            rest = rest.dropFirst(count + 1)
        }
    }

    package var count: Int { values.count }

    package subscript(name: String) -> String? { values[name] }
}
