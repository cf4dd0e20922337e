public import UsherClient

extension SessionHandle {
    /// A handle that no daemon knows, for a tool's own tests.
    public static func random() -> SessionHandle {
        guard let handle = SessionHandle("h_" + TestUser.randomText(bytes: 12)) else {
            preconditionFailure("h_ and 16 characters of base64url")
        }
        return handle
    }
}
