internal import UsherNames

/// What may stand in texts and names that modules, peers and users provide.
package enum PAMText {
    /// Bytes that `shown` looks at: those of a text, and the rest of a scalar that begins within it.
    private static let window = PAMLimits.text + 3

    /// How many bytes of a text `shown` needs to see: one more than it looks at tells whether something is missing.
    package static let sample = window + 1

    /// The text of `bytes` (foreign, of any encoding) as it may be shown: repaired UTF-8, tabs as spaces, without
    /// control characters but line feeds and without what reorders a line, at most `PAMLimits.text` bytes; and whether
    /// its end is missing.
    package static func shown(_ bytes: Span<UInt8>) -> (text: String, isCut: Bool) {
        var raw: [UInt8] = []
        for index in bytes.indices.prefix(window) { raw.append(bytes[index]) }
        var text = ""
        for scalar in String(decoding: raw, as: UTF8.self).unicodeScalars {
            let shown: Unicode.Scalar = scalar == "\t" ? " " : scalar
            guard shown == lineFeed || !isControl(shown) && !isMark(shown) else { continue }
            guard text.utf8.count + UTF8.width(shown) <= PAMLimits.text else { return (text, true) }
            text.unicodeScalars.append(shown)
        }
        return (text, bytes.count > window)
    }

    /// As ``shown(_:)``, with line feeds as spaces.
    package static func cleaned(_ bytes: Span<UInt8>) -> String {
        var line = ""
        line.unicodeScalars.append(contentsOf: shown(bytes).text.unicodeScalars.map { $0 == lineFeed ? " " : $0 })
        return line
    }

    /// Whether there is no control character in `text`.
    package static func isClean(_ text: String) -> Bool { !text.unicodeScalars.contains(where: isControl) }

    /// Whether `text` has no control characters but line feeds, and nothing else that `shown` leaves out.
    package static func isShown(_ text: String) -> Bool {
        !text.unicodeScalars.contains { $0 != lineFeed && isControl($0) || isMark($0) }
    }

    private static let lineFeed: Unicode.Scalar = "\n"

    /// C0, DEL and C1, and the characters that change the direction of a line (UAX 9: U+202A to U+202E, U+2066 to
    /// U+2069).
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0, 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    /// The marks that give what is beside them a direction (UAX 9), as if a letter were there: U+061C, U+200E and
    /// U+200F. Names may have them, as in Persian; texts need none.
    private static func isMark(_ scalar: Unicode.Scalar) -> Bool { [0x061C, 0x200E, 0x200F].contains(scalar.value) }

    /// Whether `name` may be a service: `[a-z0-9][a-z0-9_.-]*` of at most `PAMLimits.service` bytes, and not `other`.
    ///
    /// libpam takes the part of a name after the last `/`, in lower case, as the name of a file, and uses `other` for a
    /// file that it does not find. No name of this form is changed so.
    package static func isService(_ name: String) -> Bool {
        guard let first = name.utf8.first, isServiceStart(first), name != "other" else { return false }
        return name.utf8.count <= PAMLimits.service
            && name.utf8.allSatisfy { isServiceStart($0) || [0x2D, 0x2E, 0x5F].contains($0) }
    }

    private static func isServiceStart(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
