internal import CCrypt
internal import CLinux
package import UsherConfiguration
internal import UsherPOSIX
internal import UsherSecrets

/// The embedded default: what `usherd --dev` puts into its directory so that the main job runs without root and
/// systemd.
///
/// `users` holds one generated user with a crypt(5) hash for the project's own PAM module, `pam.d` the service that
/// asks that module (and an `other` that refuses all), `login.json` the password for the person who started it. The
/// three are made once and kept over restarts; services that a person adds to `pam.d` stay.
package enum DevEnvironment {
    /// The user that is generated.
    package static let user = "dev"
    /// The PAM service that is generated, and the name under which a login asks for it by default.
    package static let service = "default"

    /// Puts the files in place; `module` is the absolute path of `pam_usher_dev.so`.
    package static func prepare(_ directory: borrowing DevDirectory, module: String) throws(StartupError) {
        try directory.makeDirectory("pam.d")
        try directory.write(serviceFile(module: module, users: directory.path(of: "users")), to: "pam.d/\(service)")
        try directory.write(refusingFile, to: "pam.d/other")
        if directory.contains("users"), directory.contains("login.json") { return }
        let password = generatedPassword()
        try directory.write("\(user):\(try hash(of: password))\n", to: "users")
        try directory.write(
            #"{"user":"\#(user)","password":"\#(password)","socket":"\#(directory.path(of: "usher.sock"))"}"# + "\n",
            to: "login.json")
    }

    private static func serviceFile(module: String, users: String) -> String {
        """
        # Written by usherd --dev at each start.
        auth    required \(module) file=\(users)
        account required \(module) file=\(users)

        """
    }

    private static let refusingFile = """
        # Written by usherd --dev at each start: a service without a file of its own is refused.
        auth     required pam_deny.so
        account  required pam_deny.so
        password required pam_deny.so
        session  required pam_deny.so

        """

    /// 128 random bits as text.
    private static func generatedPassword() -> String {
        var random = InlineArray<16, UInt8>(repeating: 0)
        var bytes = random.mutableSpan
        Random.fill(&bytes)
        var text = [UInt8](repeating: 0, count: Base64URL.encodedCount(16))
        var characters = text.mutableSpan
        Base64URL.encode(random.span, into: &characters)
        return String(decoding: text, as: UTF8.self)
    }

    /// A sha512crypt hash with a fresh salt: it answers in milliseconds, which is what one wants while developing, and
    /// the password behind it is random.
    private static func hash(of password: String) throws(StartupError) -> String {
        guard let salt = unsafe crypt_gensalt_ra("$6$", 0, nil, 0) else {
            throw StartupError("users", .last("crypt_gensalt_ra"))
        }
        defer { unsafe free(salt) }
        var scratch: UnsafeMutableRawPointer?
        var size: CInt = 0
        defer { unsafe free(scratch) }
        guard let hash = unsafe crypt_ra(password, salt, &scratch, &size) else {
            throw StartupError("users", .last("crypt_ra"))
        }
        return unsafe String(cString: hash)
    }
}
