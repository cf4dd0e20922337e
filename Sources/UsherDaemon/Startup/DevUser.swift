internal import UsherNames

/// A user of `--dev`, as the command line names it: `NAME[:PASSWORD][,otp[=CODE]][,expired]`.
package struct DevUser: Hashable, Sendable {
    /// A secret of the user.
    package enum Secret: Hashable, Sendable {
        /// Made from the directory's seed.
        case generated
        /// This one.
        case given(String)
    }

    /// What is wrong with the text.
    package struct Fault: Error, CustomStringConvertible {
        /// One sentence.
        package let description: String
    }

    /// The name.
    package let name: String
    /// The password.
    package let password: Secret
    /// The code that is asked for after the password; nil where none is.
    package var code: Secret?
    /// Whether the password must be changed at the first login.
    package var isExpired = false

    /// The user where the command line names none.
    package static var usual: DevUser { DevUser(plain: "dev") }
    /// The most users: each costs a hash at each start, some milliseconds.
    package static let maximumCount = 100

    private init(plain name: String) {
        self.name = name
        password = .generated
    }

    /// The user that `text` names.
    package init(_ text: String) throws(Fault) {
        let parts = Self.split(text, at: ",")
        let account = Self.split(parts[0], at: ":", once: true)
        name = account[0]
        password = account.count > 1 ? .given(account[1]) : .generated
        guard UserName.isValid(name) else { throw Fault(description: "\(String(reflecting: name)) is no user name") }
        if case .given(let password) = password { try Self.check(password, "password", 511) }
        for part in parts.dropFirst() { try read(part) }
    }

    private mutating func read(_ part: String) throws(Fault) {
        let pair = Self.split(part, at: "=", once: true)
        switch (pair[0], pair.count) {
        case ("otp", 1): code = .generated
        case ("otp", _):
            try Self.check(pair[1], "code", 64)
            code = .given(pair[1])
        case ("expired", 1): isExpired = true
        default:
            throw Fault(
                description: "\(String(reflecting: part)): a user is NAME[:PASSWORD][,otp[=CODE]][,expired]")
        }
    }

    /// The users file and PAM take no control characters in a secret, and no colon in a code.
    private static func check(_ secret: String, _ what: String, _ limit: Int) throws(Fault) {
        let isPlain = secret.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F && (what != "code" || $0 != UInt8(ascii: ":")) }
        guard (1...limit).contains(secret.utf8.count), isPlain else {
            throw Fault(description: "a \(what) has 1 to \(limit) bytes and no control characters")
        }
    }

    private static func split(_ text: String, at sign: Unicode.Scalar, once: Bool = false) -> [String] {
        let byte = UInt8(ascii: sign)
        return text.utf8.split(separator: byte, maxSplits: once ? 1 : .max, omittingEmptySubsequences: false)
            .map { String(Substring($0)) }
    }
}
