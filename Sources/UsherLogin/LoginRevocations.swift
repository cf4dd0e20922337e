/// Users whose sessions were all revoked while logins were in progress, so that a login under another name that turns
/// out to be the same person ends as well.
struct LoginRevocations {
    /// Revocations remembered one by one.
    private static let maximum = 256

    private struct Revoked: Hashable { let realm, user: String }

    /// For each user, the sequence number of the last login that had begun at the revocation.
    private var sequences: [Revoked: UInt64] = [:]

    /// Remembers that the sessions of `user` were revoked after the login `sequence` had begun. Returns false if there
    /// is no room.
    mutating func note(_ user: String, realm: String, after sequence: UInt64) -> Bool {
        guard sequences.count < Self.maximum else { return false }
        sequences[Revoked(realm: realm, user: user)] = sequence
        return true
    }

    /// Whether a revocation ends `login`, which turned out to be one of `user`.
    func end<Context>(_ login: Login<Context>, _ user: String) -> Bool {
        guard let last = sequences[Revoked(realm: login.start.realm, user: user)] else { return false }
        return login.transaction.sequence <= last
    }

    /// No login is left that they could end.
    mutating func forget() { sequences = [:] }
}
