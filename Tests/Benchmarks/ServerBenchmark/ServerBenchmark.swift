// What the daemon costs from outside, and beside Valkey or Redis: validations, logins, start and memory.
//
//     swift build -c release
//     USHER_BENCHMARKS=1 swift run -c release ServerBenchmark compare | validate | login | pam | busy | hostile | start | mass
//
// The CPU time per request of the server, and its ratio to a store's, are the figures that stand on a noisy machine;
// requests per second and latencies say as much about the load generator and the neighbours.

import ArgumentParser

@main
struct ServerBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures usherd from outside, beside Valkey or Redis where one is installed.",
        subcommands: [
            CompareBenchmark.self, ValidateBenchmark.self, LoginBenchmark.self, PAMBenchmark.self, BusyBenchmark.self,
            HostileBenchmark.self, FloodBenchmark.self, AttackBenchmark.self, StartBenchmark.self, MassBenchmark.self,
        ],
        defaultSubcommand: ValidateBenchmark.self)
}

/// Why a measurement was given up.
struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// The value in the middle; 0 of nothing.
func median(_ values: [Double]) -> Double { quantile(0.5, of: values) }

/// The value that a share `q` of all values does not exceed; 0 of nothing.
func quantile(_ q: Double, of values: [Double]) -> Double {
    values.isEmpty ? 0 : values.sorted()[Int(q * Double(values.count - 1))]
}

/// A line of a table: right-aligned columns of 12.
func row(_ columns: [String]) -> String {
    columns.map { String(repeating: " ", count: max(1, 12 - $0.count)) + $0 }.joined()
}

/// `value` with `digits` digits behind the point.
func text(_ value: Double, _ digits: Int = 2) -> String {
    let scale = (0..<digits).reduce(1) { product, _ in product * 10 }
    let scaled = Int((value * Double(scale)).rounded())
    let fraction = String(scaled % scale)
    guard digits > 0 else { return String(scaled) }
    return "\(scaled / scale)." + String(repeating: "0", count: digits - fraction.count) + fraction
}
