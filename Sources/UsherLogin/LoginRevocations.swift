/// Users whose sessions were all revoked while logins were in progress, so that a login under another name that turns
/// out to be the same person ends as well.
struct LoginRevocations {
    /// Revocations remembered one by one.
    private static let maximum = 256

    private struct Revoked: Hashable { let realm, user: String }

    /// By user, the last login that had begun by then.
    private var sequences: [Revoked: UInt64] = [:]

    /// Remembers that the sessions of `user` were revoked when the login `sequence` was the last to have begun; false
    /// where there is no room.
    mutating func note(_ user: String, realm: String, after sequence: UInt64) -> Bool {
        guard sequences.count < Self.maximum else { return false }
        sequences[Revoked(realm: realm, user: user)] = sequence
        return true
    }

    /// Whether they end a login that turned out to be one of `user`.
    func end<Context>(_ login: Login<Context>, _ user: String) -> Bool {
        guard let last = sequences[Revoked(realm: login.start.realm, user: user)] else { return false }
        return login.transaction.sequence <= last
    }

    /// No login is left that they could end.
    mutating func forget() { sequences = [:] }
}
