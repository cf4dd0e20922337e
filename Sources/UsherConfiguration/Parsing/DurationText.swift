/// Durations as a configuration writes them: a whole number and a unit, `"500ms"`, `"1s"`, `"30m"`, `"12h"`, `"7d"`.
package enum DurationText {
    private static let units: [(name: String, length: Duration)] = [
        ("ms", .milliseconds(1)), ("s", .seconds(1)), ("m", .seconds(60)), ("h", .seconds(3600)),
        ("d", .seconds(86_400)),
    ]
    /// Nine digits: enough for thirty years in seconds, and no product of it overflows.
    private static let maximumDigits = 9

    /// The duration that `text` writes, if it does.
    package static func parse(_ text: String) -> Duration? {
        let digits = text.utf8.prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
        guard digits.count <= maximumDigits, let number = Int(Substring(digits)) else { return nil }
        let unit = text.utf8.dropFirst(digits.count)
        guard let length = units.first(where: { $0.name.utf8.elementsEqual(unit) })?.length else { return nil }
        return length * number
    }

    /// `duration` in the largest unit that divides it.
    package static func write(_ duration: Duration) -> String {
        if duration == .zero { return "0s" }
        for (name, length) in units.reversed() where duration >= length {
            let number = Int(duration / length)
            if length * number == duration { return "\(number)\(name)" }
        }
        return "\(duration)"
    }
}
