import CLinux
import UsherTestKit

/// What a process holds.
struct Holding {
    /// Descriptors that it has open.
    let descriptors: Int
    /// Resident memory of its own, in KiB. The ledger's is not counted: its slots are used in no order, so that its
    /// pages come into use one by one up to its fixed size.
    let memory: Int

    /// What process `pid` holds now.
    init(_ pid: pid_t) {
        descriptors = ProcessTable.descriptors(of: pid)
        let line = File.text("/proc/\(pid)/status").split(separator: "\n").first { $0.hasPrefix("RssAnon:") }
        memory = line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    }
}
