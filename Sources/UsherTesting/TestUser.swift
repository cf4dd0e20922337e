public import UsherClient
internal import UsherSecrets

/// A user of a ``TestDaemon``. No account of the host is needed.
public struct TestUser: Sendable, Hashable, ExpressibleByStringLiteral {
    /// The name.
    public let name: String
    /// The password: 1 to 511 bytes without commas and control characters.
    public let password: String
    /// The code that is asked for after the password, always the same, without commas and colons; nil for none.
    public let oneTimeCode: String?
    /// Whether the password has expired, so that each first login must change it.
    public let mustChangePassword: Bool

    /// A user. Without `password`, the password is 128 random bits as text.
    public init(
        _ name: String, password: String? = nil, oneTimeCode: String? = nil, mustChangePassword: Bool = false
    ) {
        self.name = name
        self.password = password ?? Self.randomText(bytes: 16)
        self.oneTimeCode = oneTimeCode
        self.mustChangePassword = mustChangePassword
    }

    /// A user who logs in with a password alone.
    public init(stringLiteral name: String) { self.init(name) }

    /// The password as a login takes it.
    public var secret: Secret { Secret(password) ?? Secret() }

    /// The answers that this user gives: its code, or `newPassword` if a new password is wanted; nil if it has none.
    /// Pass them to `login` as `answering`.
    public func answers(to challenge: Challenge, newPassword: String? = nil) -> Answers? {
        var answers = Answers()
        let text = challenge.purpose == .passwordChange ? newPassword : oneTimeCode
        for _ in challenge.prompts.filter(\.wantsAnswer) {
            guard let text, let answer = Secret(text) else { return nil }
            answers.append(answer)
        }
        return answers
    }

    /// How `--user` of usherd names it.
    var option: String {
        name + ":" + password + (oneTimeCode.map { ",otp=" + $0 } ?? "") + (mustChangePassword ? ",expired" : "")
    }

    /// Base64url of random bytes.
    static func randomText(bytes count: Int) -> String {
        var bytes = [UInt8](repeating: 0, count: count)
        var room = bytes.mutableSpan
        Random.fill(&room)
        var text = [UInt8](repeating: 0, count: Base64URL.encodedCount(count))
        var characters = text.mutableSpan
        Base64URL.encode(bytes.span, into: &characters)
        return String(decoding: text, as: UTF8.self)
    }
}
