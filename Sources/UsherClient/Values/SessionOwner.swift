/// Whose sessions are meant.
public enum SessionOwner: Sendable {
    /// The user of the session that this token proves.
    case token(Token)
    /// A user by name; that takes the role `admin`.
    case user(String)
}
