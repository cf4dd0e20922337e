internal import CLinux
package import Logging

/// Log entries as lines on standard error: `level message key=value ...`, for a terminal with the time in front, for the
/// journal with the priority that sd-daemon(3) defines.
///
/// Whatever stands in a value cannot start a line or a field of its own: what breaks lines is escaped, and so are
/// quotation marks and backslashes; a value that is not one plain word stands in quotation marks.
package struct LineLogHandler: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var logLevel: Logger.Level = .info
    private let isJournal: Bool

    /// A handler for this process' standard error.
    package init() { isJournal = unsafe getenv("JOURNAL_STREAM") != nil }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        write(line(level: event.level, message: event.message.description, metadata: event.metadata ?? [:]))
    }

    /// The line of an entry, with its end.
    func line(level: Logger.Level, message: String, metadata new: Logger.Metadata) -> String {
        let fields = metadata.merging(new) { _, new in new }
        let text = fields.sorted { $0.key < $1.key }.map { "\($0.key)=\(Self.quoted($0.value.description))" }
        let line = ([Self.escaped(message)] + text).joined(separator: " ")
        return (isJournal ? "<\(level.priority)>" : "\(Self.time) \(level) ") + line + "\n"
    }

    /// Never waits for the journal: a line that its socket does not take is lost. A file or terminal is written to as it is.
    private func write(_ line: String) {
        let bytes = Array(line.utf8)
        unsafe bytes.withUnsafeBytes {
            let sent = unsafe usher_send(2, $0.baseAddress, $0.count, -1)
            if sent < 0 && usher_errno() == ENOTSOCK { _ = unsafe CLinux.write(2, $0.baseAddress, $0.count) }
        }
    }

    private static func quoted(_ value: String) -> String {
        let escaped = escaped(value)
        let isPlain = !escaped.isEmpty && !escaped.contains { $0 == " " || $0 == "=" || $0 == "\"" }
        return isPlain ? escaped : "\"\(escaped)\""
    }

    private static func escaped(_ text: String) -> String {
        text.unicodeScalars.map { isUnsafe($0) ? $0.escaped(asASCII: true) : String($0) }.joined()
    }

    /// Control characters, the line and paragraph separators, what turns the direction of a line around, and the two
    /// characters that escapes and quotations are made of.
    private static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: scalar == "\"" || scalar == "\\"
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

extension Logger.Level {
    /// The priority of syslog(3).
    fileprivate var priority: Int {
        switch self {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }
}
