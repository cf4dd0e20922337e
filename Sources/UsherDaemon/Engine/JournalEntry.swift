/// What the daemon tells its administrator. There is no room for a token, a password or an answer in it.
package enum JournalEntry: Equatable, Sendable {
    /// A person logged in: a session was made, or proven anew.
    case loggedIn(user: String, service: String, handle: String, renewed: Bool, peer: PeerCredentials)
    /// A login ended without a session. The name is as entered.
    case loginRefused(user: String, service: String, reason: String, peer: UInt32)
    /// The stack did something that an administrator must look at.
    case loginBroken(service: String, what: String)
    /// A session was made without asking PAM.
    case created(user: String, service: String, handle: String, peer: PeerCredentials)
    /// A session got a new token.
    case rotated(handle: String, peer: PeerCredentials)
    /// Sessions were ended by a peer; the user where all of theirs were.
    case revoked(count: Int, user: String?, peer: PeerCredentials)
    /// Sessions ended by themselves since the last such entry.
    case expired(count: Int)
    /// A session made room for a newer one of its user.
    case evicted(user: String, handle: String)
    /// Sessions of an earlier process were taken over.
    case memoryAdopted(sessions: Int)
    /// Memory of an earlier process could not be taken over.
    case memoryDropped(name: String, why: String)
    /// A peer shows tokens that are none: so many within this minute.
    case tokensRefused(count: Int, peer: PeerCredentials)
    /// Failed logins were forgiven, to that name or to all.
    case limiterCleared(user: String?, peer: PeerCredentials)
    /// The policy said no.
    case forbidden(method: String, peer: PeerCredentials)
}
