/// Sizes as a configuration writes them: a whole number and a unit, `"64K"`, `"512M"`, `"1G"`, `"2T"`, as
/// systemd.exec(5) writes its limits.
package enum SizeText {
    private static let units: [(name: UInt8, bytes: Int)] = [
        (UInt8(ascii: "K"), 1 << 10), (UInt8(ascii: "M"), 1 << 20), (UInt8(ascii: "G"), 1 << 30),
        (UInt8(ascii: "T"), 1 << 40),
    ]
    /// Six digits: no product of them overflows.
    private static let maximumDigits = 6

    /// The bytes that `text` means, if it is a size.
    static func parse(_ text: String) -> Int? {
        let digits = text.utf8.dropLast()
        guard (1...maximumDigits).contains(digits.count), let unit = units.first(where: { $0.name == text.utf8.last }),
            digits.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }),
            let number = Int(Substring(digits))
        else { return nil }
        return number * unit.bytes
    }

    /// `bytes`, which are whole KiB, in the largest unit that divides them.
    package static func write(_ bytes: Int) -> String {
        for (name, size) in units.reversed() where bytes >= size && bytes.isMultiple(of: size) {
            return "\(bytes / size)\(UnicodeScalar(name))"
        }
        return "\(bytes / 1024)K"
    }
}
