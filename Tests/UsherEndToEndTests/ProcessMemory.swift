import CLinux
import UsherTestKit

/// The writable memory of a process (/proc/PID/mem), as it is now.
struct ProcessMemory {
    private var parts: [(start: Int, bytes: [UInt8])] = []

    /// Reads the pages that are in use of every writable mapping of `pid`: what was never touched stays so.
    init(_ pid: pid_t) {
        let memory = usher_open("/proc/\(pid)/mem", O_RDONLY, 0)
        let pages = usher_open("/proc/\(pid)/pagemap", O_RDONLY, 0)
        defer { for file in [memory, pages] { close(file) } }
        for line in File.text("/proc/\(pid)/maps").split(separator: "\n") {
            let words = line.split(separator: " ", omittingEmptySubsequences: true)
            let ends = words[0].split(separator: "-").compactMap { Int($0, radix: 16) }
            guard words.count > 1, words[1].hasPrefix("rw"), ends.count == 2 else { continue }
            for run in Self.used(of: ends[0]..<ends[1], pages) { read(memory, run) }
        }
    }

    /// The runs of pages of `mapping` that are in memory or swapped out: bits 63 and 62 of their words (proc(5),
    /// pagemap).
    private static func used(of mapping: Range<Int>, _ pages: CInt) -> [Range<Int>] {
        let page = sysconf(CInt(_SC_PAGESIZE))
        var words = [UInt64](repeating: 0, count: mapping.count / page)
        _ = pread(pages, &words, words.count * 8, mapping.lowerBound / page * 8)
        var runs: [Range<Int>] = []
        for (number, word) in words.enumerated() where word >> 62 != 0 {
            let start = mapping.lowerBound + number * page
            if let last = runs.last, last.upperBound == start {
                runs[runs.count - 1] = last.lowerBound..<start + page
            } else {
                runs.append(start..<start + page)
            }
        }
        return runs
    }

    private mutating func read(_ memory: CInt, _ run: Range<Int>) {
        var bytes = [UInt8](repeating: 0, count: run.count)
        let count = pread(memory, &bytes, bytes.count, run.lowerBound)
        if count > 0 { parts.append((run.lowerBound, Array(bytes[..<count]))) }
    }

    /// How much was read.
    var bytes: Int { parts.map(\.bytes.count).reduce(0, +) }

    /// Whether `text` is in it, not spread over mappings.
    func contains(_ text: String) -> Bool {
        let wanted = Array(text.utf8)
        return parts.contains { memmem($0.bytes, $0.bytes.count, wanted, wanted.count) != nil }
    }

    /// Whether the byte at `address` was read.
    func covers(_ address: Int) -> Bool {
        parts.contains { ($0.start..<$0.start + $0.bytes.count).contains(address) }
    }
}
