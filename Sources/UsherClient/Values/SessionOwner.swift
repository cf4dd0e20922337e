/// Whose sessions are meant.
public enum SessionOwner: Sendable {
    /// The user of the session that this token proves.
    case token(Token)
    /// A user by name; that takes the role `admin`.
    case user(String)
    /// Everybody, in the realm of that name or in every realm that the caller may use; that takes the role `admin`.
    case everybody(realm: String?)
}
