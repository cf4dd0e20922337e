internal import CLinux

/// An entry as bytes: a line for people, or fields for systemd-journald.
///
/// No value can start a line or a field of its own. In a line, characters that break the line or turn its direction are
/// escaped, and so are quotation marks and backslashes; a value that is not one plain word is in quotation marks. In
/// the journal's native form a value carries its length (https://systemd.io/JOURNAL_NATIVE_PROTOCOL).
package enum JournalFormat {
    /// The longest value in an entry, in bytes: twice the longest user name, escaped or not. What is longer is cut.
    static let longestValue = 1024

    /// `message key=value ...`, without a line feed.
    package static func text(_ record: JournalRecord) -> String {
        let fields = record.fields.sorted { $0.key < $1.key }.map { "\($0.key)=\(quoted(cut($0.value)))" }
        return ([escaped(record.title)] + fields).joined(separator: " ")
    }

    /// A line for standard error. It begins with the priority (sd-daemon(3)) if standard error is the journal, else
    /// with the time and the level.
    static func line(_ record: JournalRecord, isJournal: Bool) -> [UInt8] {
        let start = isJournal ? "<\(record.level.rawValue)>" : "\(time) \(record.level) "
        return Array((start + text(record) + "\n").utf8)
    }

    /// A datagram for /run/systemd/journal/socket, from the program `identifier`: `user` becomes `USHER_USER`.
    static func datagram(_ record: JournalRecord, from identifier: String) -> [UInt8] {
        var bytes: [UInt8] = []
        append("MESSAGE", text(record), to: &bytes)
        append("PRIORITY", "\(record.level.rawValue)", to: &bytes)
        append("SYSLOG_IDENTIFIER", identifier, to: &bytes)
        if let id = record.id { append("MESSAGE_ID", id, to: &bytes) }
        for (key, value) in record.fields.sorted(by: { $0.key < $1.key }) { append(name(key), cut(value), to: &bytes) }
        return bytes
    }

    /// A field in the form that carries the length of its value, whatever is in it.
    private static func append(_ name: String, _ value: String, to bytes: inout [UInt8]) {
        bytes += name.utf8
        bytes.append(UInt8(ascii: "\n"))
        let count = UInt64(value.utf8.count)
        for shift in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: count >> UInt64(shift))) }
        bytes += value.utf8
        bytes.append(UInt8(ascii: "\n"))
    }

    /// Names of fields are capital letters, digits and underscores.
    private static func name(_ key: String) -> String {
        let bytes = key.uppercased().utf8.map { isNameByte($0) ? $0 : UInt8(ascii: "_") }
        return "USHER_" + String(decoding: bytes, as: UTF8.self)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func cut(_ value: String) -> String {
        value.utf8.count <= longestValue ? value : String(decoding: value.utf8.prefix(longestValue), as: UTF8.self)
    }

    // MARK: Lines

    private static func quoted(_ value: String) -> String {
        let escaped = escaped(value)
        // By bytes: a combining mark behind a space makes one character of both.
        let isPlain = !escaped.isEmpty && !escaped.utf8.contains { [0x20, 0x3D, 0x22].contains($0) }
        return isPlain ? escaped : "\"\(escaped)\""
    }

    private static func escaped(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isUnsafe) else { return text }
        return text.unicodeScalars.map { isUnsafe($0) ? $0.escaped(asASCII: true) : String($0) }.joined()
    }

    /// Control and format characters, the line and paragraph separators, and the two characters that escapes and
    /// quotations are made of. Some format characters turn the direction of a line.
    private static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return scalar.value < 0x20 || scalar == "\u{7F}" || scalar == "\"" || scalar == "\\" }
        return switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }

    /// The time of day in UTC, to the millisecond.
    private static var time: String {
        let milliseconds = usher_realtime() / 1_000_000
        var seconds = time_t(milliseconds / 1000)
        var parts = unsafe tm()
        unsafe gmtime_r(&seconds, &parts)
        var text = InlineArray<32, CChar>(repeating: 0)
        var span = text.mutableSpan
        let count = unsafe span.withUnsafeMutableBufferPointer {
            unsafe strftime($0.baseAddress, $0.count, "%FT%T", &parts)
        }
        let clock = String(decoding: (0..<count).map { UInt8(bitPattern: text[$0]) }, as: UTF8.self)
        let fraction = String(1000 + milliseconds % 1000).dropFirst()
        return "\(clock).\(fraction)Z"
    }
}
