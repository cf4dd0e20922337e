internal import UsherClient
package import UsherWire

extension ClusterStatus {
    /// Digits of a member that people are shown.
    private static let digits = 8

    /// What an administrator must look at, in sentences; none where all is well.
    package var faults: [String] {
        if state == "stopped" { return ["this host takes no part any more: see the journal, then restart usherd"] }
        if !hasLink { return ["usher-link does not answer: systemctl status usher-link.socket usher-link"] }
        if !hasStore { return ["usher-link has no connection with the store" + (fault.map { ": \($0)" } ?? "")] }
        var faults = [fault].compactMap(\.self)
        if state == "member", leaseLeft == 0 {
            faults.append("this host has no lease, so shared sessions are unavailable here")
        } else if state != "member", faults.isEmpty {
            faults.append("this host is on its way into the cluster: ask again in some seconds")
        }
        if state == "member", !isWhole { faults.append(incomplete) }
        for member in members.dropFirst() where member.age.map({ $0 > lease }) ?? false {
            faults.append("\(member.shown) has not been heard of for longer than a lease")
        }
        return faults
    }

    private var incomplete: String {
        let names = awaited.map(\.shown).joined(separator: ", ")
        return "what the store has lost is not complete, as hosts have still to come back"
            + (names.isEmpty
                ? "; if no other host names one, 'usherctl cluster forget --everybody' says that none will"
                : ": \(names); 'usherctl cluster forget' is for one that never will")
    }

    /// All lines for a person. Times of the epoch are UTC.
    package func lines(width: Int? = nil) -> [String] {
        let verdict =
            faults.isEmpty
            ? ["Nothing is wrong."]
            : faults.enumerated().map {
                ($0.offset == 0 ? "Wrong: " : "       ") + sanitized($0.element)
            }
        return verdict + [""] + TextTable(rows: rows, flexible: [1]).lines(width: width) + [""]
            + TextTable(rows: [["HOST", "MEMBER", "LAST BEAT", ""]] + hosts, flexible: [0]).lines(width: width)
    }

    private var rows: [[String]] {
        [
            ["cluster", name], ["this host", "\(host), \(stateText)"],
            ["store", hasStore ? "connected" : hasLink ? "not connected" : "no usher-link"],
            ["lease", "\(Self.seconds(leaseLeft)) left of \(Self.seconds(lease))"],
            ["replicas that confirm", "\(copies)"],
            ["epoch", epochText], ["older epochs", isWhole ? "complete" : "not complete"],
            ["entries taken up", "\(acknowledged), by all hosts \(acknowledgedByAll)"],
            ["copies of sessions", "\(sessions), \(doubtful) in doubt"], ["ends pending", "\(endsPending)"],
        ]
    }

    private var stateText: String {
        switch state {
        case "away": "not connected"
        case "joining": "not a member yet"
        case "member": "a member"
        case "stopped": "stopped"
        default: state
        }
    }

    private var epochText: String {
        guard let epoch else { return "none yet" }
        return "\(epoch), opened \(UnixTime(seconds: ordinal / 1_000))"
    }

    private var hosts: [[String]] {
        let present = members.map { member in
            [
                member.host ?? "-", String(member.member.prefix(Self.digits)),
                member.age.map { Self.seconds($0) + " ago" } ?? "-", member.member == self.member ? "this host" : "",
            ]
        }
        let known = Set(members.map(\.member))
        return present
            + awaited.filter { !known.contains($0.member) }.map {
                [$0.host ?? "-", String($0.member.prefix(Self.digits)), "-", "waited for"]
            }
    }

    /// With one digit behind the point.
    private static func seconds(_ milliseconds: Int64) -> String {
        "\(milliseconds / 1_000).\(milliseconds % 1_000 / 100) s"
    }

    /// The one host that `text` names, by its name or the first digits of its member. Throws a sentence where there is
    /// none, or more than one.
    package func find(_ text: String) throws(ToolError) -> Member {
        let all = members + awaited.filter { one in !members.contains { $0.member == one.member } }
        let byName = all.filter { $0.host == text }
        let found = byName.isEmpty ? all.filter { text.utf8.count >= 4 && $0.member.hasPrefix(text) } : byName
        guard found.count < 2 else {
            throw ToolError(.wrongUsage, "'\(text)' is \(found.count) members: give the digits of one")
        }
        if let one = found.first { return one }
        // A member of an older epoch that this host does not wait for, by all its digits.
        if text.utf8.count == 32 { return Member(member: text, host: nil, age: nil) }
        throw ToolError(.refused, "no host is called '\(text)', as 'usherctl cluster status' shows them")
    }
}

extension ClusterStatus.Member {
    /// The host's name, or the first digits of the member.
    package var shown: String { host ?? String(member.prefix(8)) }
}
