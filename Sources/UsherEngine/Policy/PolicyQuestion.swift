internal import UsherWire

/// What `usherd --check --explain` is asked: may a peer with these credentials call a method, and why.
package struct PolicyQuestion: Sendable {
    /// Why a question cannot be answered.
    package enum Fault: Error, Equatable { case unknownMethod }

    /// The peer's user.
    package var uid: UInt32
    /// Its primary group.
    package var gid: UInt32
    /// Its supplementary groups.
    package var groups: [UInt32]
    private let method: Method

    /// A question about `method`, a name of the protocol.
    package init(uid: UInt32, gid: UInt32, groups: [UInt32], method: String) throws(Fault) {
        let named = Method.allCases.first { $0 != .unknown && $0.name.description == method }
        guard let named else { throw .unknownMethod }
        self.uid = uid
        self.gid = gid
        self.groups = groups
        self.method = named
    }

    /// The answer, in lines for a person, and whether it is yes.
    package func answer(by policy: Policy) -> (isAllowed: Bool, lines: [String]) {
        let explanation = policy.explain(uid: uid, gid: gid, groups: groups)
        let (isAllowed, why) = verdict(explanation.grant)
        let entry = explanation.entry.map { "entry \"\($0)\", the first that matches" } ?? "no entry matches"
        let grant = explanation.grant
        return (
            isAllowed,
            [
                "\(method.name) by uid \(uid): \(isAllowed ? "allowed" : "refused")", "because: \(entry); \(why)",
                "roles: \(list(grant.roles.names))",
                "services: \(list(grant.services.map { "\($0.name) (realm \($0.realm))" }))",
                "relays_source: \(grant.relaysSource)", "board: \(grant.board)",
            ]
        )
    }

    private func list(_ names: [String]) -> String { names.isEmpty ? "none" : names.joined(separator: ", ") }

    private func verdict(_ grant: Grant) -> (Bool, why: String) {
        switch requiredRole(for: method) {
        case .none: (true, "it takes no role")
        case .role(let role) where method == .attachBoard:
            (grant.allows(role) && grant.board, "it takes the role \(role.names[0]) and board = true")
        case .role(let role): (grant.allows(role), "it takes the role \(role.names[0])")
        case .ownerOrAdmin:
            (
                !grant.roles.isDisjoint(with: [.validate, .admin]),
                "it takes the role validate with a token, admin with a user or a handle"
            )
        }
    }
}
