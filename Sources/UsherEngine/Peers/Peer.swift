internal import UsherSessions
internal import UsherWire

/// A connected client as the engine knows it: who the kernel says it is, what the policy grants it.
final class Peer {
    let id: ConnectionID
    let credentials: PeerCredentials
    /// The uid under which its shares are counted (``Policy/user(of:)``). A reload may change it.
    var user: UInt32
    /// The entry that matches it, and that entry's grant. A reload may change both.
    var explanation: Policy.Explanation
    /// The realms of the services that the grant names.
    var realms: RealmSet
    /// Requests whose answers are still to come.
    var replies = PendingReplies()
    /// Whether it has the board. `session.validate` then tells it each session's place on the board.
    var hasBoard = false

    /// What the policy grants it.
    var grant: Grant { explanation.grant }

    init(
        id: ConnectionID, credentials: PeerCredentials, user: UInt32, explanation: Policy.Explanation, realms: RealmSet
    ) {
        self.id = id
        self.credentials = credentials
        self.user = user
        self.explanation = explanation
        self.realms = realms
    }

    /// Whether the policy grants it what a method takes.
    @inline(__always)
    func mayUse(_ role: RequiredRole) -> Bool { role.allows(grant.roles, board: grant.board) }
}
