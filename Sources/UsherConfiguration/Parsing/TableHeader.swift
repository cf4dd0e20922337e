/// Headers of tables that the TOML parser cannot take: it fails an assertion and ends the process if the bytes behind
/// the bracket begin no key. So such headers are looked for before it reads the text.
///
/// Rejected: a parser of the whole text. A line of a multi-line string that looks like such a header is refused too; no
/// key of a configuration takes such a text.
enum TableHeader {
    private static let bracket = UInt8(ascii: "[")

    /// The number of the first line, from 1, whose header begins no key; nil where there is none.
    static func firstFault(in text: String) -> Int? {
        var bytes = Array(text.utf8)[...]
        if bytes.starts(with: [0xef, 0xbb, 0xbf]) { bytes = bytes.dropFirst(3) }
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        return lines.enumerated().first { isFault($0.element, isLast: $0.offset == lines.count - 1) }.map {
            $0.offset + 1
        }
    }

    private static func isFault(_ line: ArraySlice<UInt8>, isLast: Bool) -> Bool {
        var rest = line.drop(while: isBlank)
        guard rest.first == bracket else { return false }
        rest = rest.dropFirst().drop(while: isBlank)
        if rest.first == bracket { rest = rest.dropFirst().drop(while: isBlank) }
        // The parser itself tells of an empty name and of the end of the text.
        guard let next = rest.first else { return !isLast }
        return next != UInt8(ascii: "]") && !beginsKey(next)
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

    private static func beginsKey(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "\""),
            UInt8(ascii: "'"):
            true
        default: false
        }
    }
}
