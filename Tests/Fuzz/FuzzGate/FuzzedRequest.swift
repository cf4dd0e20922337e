import UsherGate

/// A request as an HTTP library hands it on, read from bytes with fewer demands than any has: what is refused there is
/// let through here.
struct FuzzedRequest {
    let method: String
    let target: String
    private let fields: [(name: [UInt8], value: String)]

    init?(_ bytes: [UInt8]) {
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map { $0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0 }
        let start = lines[0].split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard start.count >= 2 else { return nil }
        method = String(decoding: start[0], as: UTF8.self)
        target = String(decoding: start[1], as: UTF8.self)
        var fields: [(name: [UInt8], value: String)] = []
        for line in lines.dropFirst().prefix(while: { !$0.isEmpty }) {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
            let name = line[..<colon].map { 0x41...0x5A ~= $0 ? $0 | 0x20 : $0 }
            fields.append((name, String(decoding: Self.trimmed(line[(colon + 1)...]), as: UTF8.self)))
        }
        self.fields = fields
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var rest = bytes.drop { $0 == 0x20 || $0 == 0x09 }
        while let last = rest.last, last == 0x20 || last == 0x09 { rest.removeLast() }
        return rest
    }

    /// All values of a field, whose name is in small letters.
    func values(_ name: String) -> [String] {
        fields.filter { $0.name.elementsEqual(name.utf8) }.map(\.value)
    }

    /// What stands between the semicolons of the `Cookie` fields.
    var cookies: [[UInt8]] {
        values("cookie").flatMap { Array($0.utf8).split(separator: UInt8(ascii: ";")) }.map { Array(Self.trimmed($0)) }
    }

    var language: Language { Language(accepting: values("accept-language").first) }
}
