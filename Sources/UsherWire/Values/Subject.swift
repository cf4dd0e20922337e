package import UsherSecrets

/// Whose sessions a request is about: those of the token's user (own), of a named user, or of everybody (for admins).
@frozen package enum Subject: ~Copyable {
    case token(SessionToken)
    case user(JSONText)
    /// In every realm that the peer may use, or in the realm of that name alone.
    case everybody(realm: JSONText?)
}

/// Reads the members that make a ``Subject``.
struct SubjectReader: ~Copyable {
    private var token: SessionToken?
    private var user: JSONText?
    /// Whether `all` was there.
    private(set) var isEverybody = false
    private var realm: JSONText?

    /// Reads the value of `key` if it is one of the members; their indexes are 0 to 3.
    mutating func take(
        _ key: JSONText, _ members: inout ObjectReader, _ bytes: Span<UInt8>
    ) throws(Refusal) -> Bool {
        if try members.matches(key, "token", 0, bytes) {
            token = try members.reader.token(bytes)
        } else if try members.matches(key, "user", 1, bytes) {
            user = try members.reader.userName(bytes)
        } else if try members.matches(key, "all", 2, bytes) {
            guard try members.reader.bool(bytes) else { throw .invalidParams }
            isEverybody = true
        } else if try members.matches(key, "realm", 3, bytes) {
            realm = try members.reader.name(bytes)
        } else {
            return false
        }
        return true
    }

    /// The subject. Throws `.invalidParams` unless exactly one of `token`, `user` and `all` was there, and `realm` at
    /// most with `all`.
    consuming func subject() throws(Refusal) -> Subject {
        guard realm == nil || isEverybody else { throw .invalidParams }
        if let token = consume token {
            guard user == nil, !isEverybody else { throw .invalidParams }
            return .token(token)
        }
        if let user {
            guard !isEverybody else { throw .invalidParams }
            return .user(user)
        }
        guard isEverybody else { throw .invalidParams }
        return .everybody(realm: realm)
    }
}
