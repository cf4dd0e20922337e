public import UsherClient

extension Token {
    /// A token that no daemon knows, for a tool's own tests.
    public static func random() -> Token {
        guard let token = Token(TestUser.randomText(bytes: 32)) else {
            preconditionFailure("43 characters of base64url")
        }
        return token
    }
}
