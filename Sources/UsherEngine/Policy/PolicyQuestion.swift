internal import UsherWire

/// What `usherd --check --explain` is asked: what may a peer with these credentials call, and why.
package struct PolicyQuestion: Sendable {
    /// Why a question cannot be answered.
    package enum Fault: Error, Equatable { case unknownMethod }

    /// The peer's user.
    package var uid: UInt32
    /// Its primary group.
    package var gid: UInt32
    /// Its supplementary groups.
    package var groups: [UInt32]
    /// The user's name, where the question was about that.
    private let name: String?
    /// Nil for all methods.
    private let method: Method?

    /// A question about the protocol's method `method`, or about every method if nil. `name` is the user's name, if the
    /// question named the user.
    package init(name: String? = nil, uid: UInt32, gid: UInt32, groups: [UInt32], method: String?) throws(Fault) {
        self.name = name
        (self.uid, self.gid, self.groups) = (uid, gid, groups)
        guard let method else {
            self.method = nil
            return
        }
        let named = Method.allCases.first { $0 != .unknown && $0.name.description == method }
        guard let named else { throw .unknownMethod }
        self.method = named
    }

    /// The answer, in lines for a person, and whether the method is allowed; true for a table of all methods.
    package func answer(by policy: Policy) -> (isAllowed: Bool, lines: [String]) {
        let explanation = policy.explain(uid: uid, gid: gid, groups: groups)
        let grant = explanation.grant
        let entry = explanation.entry.map { "entry \"\($0)\", the first that matches" } ?? "no entry matches"
        let rights = [
            "roles: \(list(grant.roles.names))",
            "services: \(list(grant.services.map { "\($0.name) (realm \($0.realm))" }))",
            "relays_source: \(grant.relaysSource)", "board: \(grant.board)",
        ]
        guard let method else {
            let groups = list(groups.map(String.init))
            let head = ["\(who), gid \(gid), groups \(groups)", "by: \(entry)"]
            return (true, head + share(policy) + rights + [""] + table(grant))
        }
        let (isAllowed, takes) = verdict(method, grant)
        let first = "\(method.name) by \(who): \(isAllowed ? "allowed" : "refused")"
        return (isAllowed, [first, "because: \(entry); it takes \(takes)"] + share(policy) + rights)
    }

    /// The uids that count as one user with this one, where there are others.
    private func share(_ policy: Policy) -> [String] {
        guard let range = policy.range(of: uid) else { return [] }
        return ["shares: one user with all of uids \(range.lowerBound)-\(range.upperBound)"]
    }

    private var who: String { "uid \(uid)" + (name.map { " (\($0))" } ?? "") }

    private func list(_ names: [String]) -> String { names.isEmpty ? "none" : names.joined(separator: ", ") }

    /// One line for each method.
    private func table(_ grant: Grant) -> [String] {
        let methods = Method.allCases.filter { $0 != .unknown }
        let width = methods.map { $0.name.utf8CodeUnitCount }.max() ?? 0
        return methods.map { method in
            let (isAllowed, takes) = verdict(method, grant)
            let gap = String(repeating: " ", count: width - method.name.utf8CodeUnitCount)
            return "\(method.name)\(gap)  \(isAllowed ? "allowed" : "refused")  takes \(takes)"
        }
    }

    private func verdict(_ method: Method, _ grant: Grant) -> (Bool, takes: String) {
        let role = MethodRow(of: method).role
        return (role.allows(grant.roles, board: grant.board), role.text)
    }
}
