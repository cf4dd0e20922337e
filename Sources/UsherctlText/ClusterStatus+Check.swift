package import UsherWire

extension ClusterStatus {
    /// What usherd says, as findings.
    package var findings: [CheckFinding] {
        guard faults.isEmpty else { return faults.map { CheckFinding(.bad, "usherd", $0) } }
        let others =
            switch members.count {
            case ...1: "no other host takes part yet"
            case 2: "with one other host"
            default: "with \(members.count - 1) other hosts"
            }
        return [CheckFinding(.good, "usherd", "a member of the cluster \(name), \(others)")]
    }
}
