/// Braces that close nothing in an array, `[}` or `[1, }`. The TOML parser fails an assertion and ends the process if a
/// brace is in place of a value, so such braces are looked for before it reads the text.
///
/// Rejected: braces anywhere outside of strings, which tables in one line have by right.
struct ArrayBrace {
    private static let quotes: Set<UInt8> = [UInt8(ascii: "\""), UInt8(ascii: "'")]

    private var rest: ArraySlice<UInt8>
    private var line = 1
    /// The brackets that are open.
    private var open: [UInt8] = []
    /// The last byte that is neither blank nor of a comment.
    private var last = UInt8(ascii: "\n")

    /// The number of the first line, from 1, that has such a brace; nil where there is none. O(n).
    static func firstFault(in text: String) -> Int? {
        var scan = ArrayBrace(rest: Array(text.utf8)[...])
        while let byte = scan.rest.first {
            if scan.isFault(byte) { return scan.line }
            scan.take(byte)
        }
        return nil
    }

    private init(rest: ArraySlice<UInt8>) { self.rest = rest }

    private func isFault(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "}") && open.last == UInt8(ascii: "[")
            && (last == UInt8(ascii: "[") || last == UInt8(ascii: ","))
    }

    private mutating func take(_ byte: UInt8) {
        if Self.quotes.contains(byte) { return takeString(byte) }
        rest = rest.dropFirst()
        switch byte {
        case UInt8(ascii: "\n"): line += 1
        case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): break
        case UInt8(ascii: "#"): rest = rest.drop { $0 != UInt8(ascii: "\n") }
        case UInt8(ascii: "["), UInt8(ascii: "{"):
            open.append(byte)
            last = byte
        case UInt8(ascii: "]"), UInt8(ascii: "}"):
            _ = open.popLast()
            last = byte
        default: last = byte
        }
    }

    /// Takes a string, which may have several lines if it begins with three quotation marks. An unfinished string ends
    /// with its line, or with the text.
    private mutating func takeString(_ quote: UInt8) {
        let isLong = rest.starts(with: [quote, quote, quote])
        let end = isLong ? [quote, quote, quote] : [quote]
        rest = rest.dropFirst(end.count)
        last = quote
        while let byte = rest.first {
            if rest.starts(with: end) {
                rest = rest.dropFirst(end.count)
                return
            }
            if byte == UInt8(ascii: "\n") {
                guard isLong else { return }
                line += 1
            }
            let isEscape = quote == UInt8(ascii: "\"") && byte == UInt8(ascii: "\\")
            // An escaped byte does not end the string. A line feed behind a backslash still ends its line.
            rest = rest.dropFirst(isEscape && rest.dropFirst().first != UInt8(ascii: "\n") ? 2 : 1)
        }
    }
}
