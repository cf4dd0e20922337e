package import UsherClient
internal import UsherWire

/// What `usherd --dev` writes to `login.json` in its directory: an account to try things with, the first one.
package final class DevelopmentLogin: Sendable {
    /// The account's name.
    package let user: String
    /// The one-time code that the account is asked for; nil where it is not.
    package let code: String?
    /// Its password.
    private let password: Secret

    /// Reads the file's bytes; nil when they are not such an object.
    package init?(json bytes: Span<UInt8>) {
        var user: String?
        var code: String?
        var password: Secret?
        do throws(Refusal) {
            var reader = JSONReader(0..<bytes.count)
            try reader.enterObject(bytes)
            while let key = try reader.nextKey(bytes) {
                if key.equals("user", in: bytes) {
                    user = try reader.wholeText(bytes).string(in: bytes)
                } else if key.equals("otp", in: bytes) {
                    code = try reader.wholeText(bytes).string(in: bytes)
                } else if key.equals("password", in: bytes) {
                    password = try reader.wholeText(bytes).withSecret(in: bytes)
                } else {
                    try reader.skip(bytes)
                }
            }
            try reader.finish(bytes)
        } catch {
            return nil
        }
        guard let user, let password else { return nil }
        self.user = user
        self.code = code
        self.password = password
    }

    /// Another copy of the password, as each login consumes one.
    package func copyPassword() -> Secret {
        password.withBytes { bytes in
            var copy = Secret()
            for index in bytes.indices { copy.append(bytes[index]) }
            return copy
        }
    }
}

extension JSONText {
    /// The text as a secret; nil when it is too long for one.
    fileprivate func withSecret(in bytes: Span<UInt8>) -> Secret? {
        var secret = Secret()
        var cursor = TextCursor(self)
        while let byte = cursor.next(bytes) {
            guard secret.append(byte) else { return nil }
        }
        return secret
    }
}
