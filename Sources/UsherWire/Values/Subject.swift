package import UsherSecrets

/// Whose sessions a request is about: those of the token's user (own), or of a named user (for admins).
@frozen package enum Subject: ~Copyable {
    case token(SessionToken)
    case user(JSONText)

    /// Exactly one of the two must be there.
    init(_ token: consuming SessionToken?, _ user: JSONText?) throws(Refusal) {
        if let token = consume token {
            guard user == nil else { throw .invalidParams }
            self = .token(token)
        } else {
            guard let user else { throw .invalidParams }
            self = .user(user)
        }
    }
}
