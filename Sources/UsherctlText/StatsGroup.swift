/// Counters that stand together, and how each is shown.
struct StatsGroup: Sendable {
    /// How a number is shown.
    enum Unit: Sendable { case plain, seconds, nanoseconds, bytes }

    /// A row: what it says, the counter, its unit.
    typealias Row = (label: String, counter: String, unit: Unit)

    let title: String
    let counters: [Row]
    /// A histogram that the group shows as percentiles: the label of their rows.
    var percentiles = false

    /// Names of counters that it shows.
    var names: [String] {
        counters.map(\.counter) + (percentiles ? ["validate_measured", "validate_nanoseconds"] : [])
    }

    /// Label and value of each counter that is there.
    func rows(_ counters: [String: Int64]) -> [(String, String)] {
        let rows = self.counters.compactMap { row in
            counters[row.counter].map { (row.label, Self.text($0, row.unit)) }
        }
        return rows + (percentiles ? percentileRows(counters) : [])
    }

    private func percentileRows(_ counters: [String: Int64]) -> [(String, String)] {
        guard let count = counters["validate_measured"], count > 0 else { return [] }
        var rows: [(String, String)] = []
        for (label, part) in [("median", 500), ("p99", 990), ("p99.9", 999)] as [(String, Int64)] {
            let bound = Self.bound(of: part, count, counters)
            rows.append((label, bound.map { "at most \(Self.text($0 * 1000, .nanoseconds))" } ?? "above 100 ms"))
        }
        if let sum = counters["validate_nanoseconds"] { rows.append(("mean", Self.text(sum / count, .nanoseconds))) }
        return rows
    }

    /// Buckets beyond an hour, in microseconds, are none of usherd's: their bounds may not fit a number of nanoseconds.
    private static let longestBound: Int64 = 3_600_000_000

    /// The upper bound, in microseconds, of the first bucket that holds `part` of a thousand; nil above the last one.
    static func bound(of part: Int64, _ count: Int64, _ counters: [String: Int64]) -> Int64? {
        let (prefix, suffix) = ("validate_within_", "us")
        let buckets = counters.compactMap { name, value -> (bound: Int64, count: Int64)? in
            guard name.hasPrefix(prefix), name.hasSuffix(suffix) else { return nil }
            let bound = Int64(name.dropFirst(prefix.count).dropLast(suffix.count))
            return bound.flatMap { (0...longestBound).contains($0) ? ($0, value) : nil }
        }
        let (whole, rest) = count.quotientAndRemainder(dividingBy: 1000)
        let wanted = whole * part + (rest * part + 999) / 1000
        return buckets.sorted { $0.bound < $1.bound }.first { $0.count >= wanted }?.bound
    }

    static func text(_ value: Int64, _ unit: Unit) -> String {
        switch unit {
        case .plain: "\(value)"
        case .seconds: RelativeTime.long(value)
        case .nanoseconds where value < 1_000_000: fraction(value, of: 1000, "µs")
        case .nanoseconds where value < 1_000_000_000: fraction(value, of: 1_000_000, "ms")
        case .nanoseconds: fraction(value, of: 1_000_000_000, "s")
        case .bytes where value < 1 << 20: fraction(value, of: 1 << 10, "KiB")
        case .bytes where value < 1 << 30: fraction(value, of: 1 << 20, "MiB")
        case .bytes: fraction(value, of: 1 << 30, "GiB")
        }
    }

    /// With one digit behind the point where it is not 0.
    private static func fraction(_ value: Int64, of unit: Int64, _ name: String) -> String {
        let tenths = value % unit * 10 / unit
        return "\(value / unit)\(tenths == 0 ? "" : ".\(tenths)") \(name)"
    }
}
