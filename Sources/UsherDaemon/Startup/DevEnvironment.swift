internal import CCrypt
internal import CLinux
package import UsherConfiguration
internal import UsherPOSIX
internal import UsherWire

/// The embedded default: what `usherd --dev` puts into its directory so that the main job runs without root and
/// systemd.
///
/// `users` holds the users with crypt(5) hashes for the project's own PAM module, `pam.d` the service that asks that
/// module (and an `other` that refuses all), `login.json` the passwords for the person who started it. All are written
/// at each start and say what the command line says; services that a person adds to `pam.d` stay.
///
/// pam.conf(5) cannot write every path: `#` begins a comment wherever it stands. So the service file names no path of
/// this directory. The broker runs with it as working directory, and the file says `/proc/self/cwd`.
package enum DevEnvironment {
    /// The PAM service that is generated, and the name under which a login asks for it by default.
    package static let service = "default"
    /// The module's name in the directory, a symbolic link.
    private static let module = "pam_usher_dev.so"

    /// Puts the files in place; `module` is the absolute path of `pam_usher_dev.so`.
    package static func prepare(
        _ directory: borrowing DevDirectory, module: String, users: [DevUser] = [.usual]
    ) throws(StartupError) {
        try directory.makeDirectory("pam.d")
        try directory.link(Self.module, to: module)
        try directory.write(serviceFile, to: "pam.d/\(service)")
        try directory.write(refusingFile, to: "pam.d/other")
        let seed = try DevSeed(directory)
        let accounts = users.map { Account($0, seed) }
        var lines = ""
        for account in accounts { lines += try account.line(salt: seed.salt(of: account.name)) }
        try directory.write(lines, to: "users")
        try directory.write(loginFile(accounts, socket: directory.path(of: "usher.sock")), to: "login.json")
    }

    private static let serviceFile = ["auth", "account", "password"].reduce(
        "# Written by usherd --dev at each start.\n"
    ) { text, type in
        text + "\(type) required /proc/self/cwd/\(module) file=/proc/self/cwd/users\n"
    }

    private static let refusingFile = """
        # Written by usherd --dev at each start: a service without a file of its own is refused.
        auth     required pam_deny.so
        account  required pam_deny.so
        password required pam_deny.so
        session  required pam_deny.so

        """

    /// The first user, and all of them in a list.
    private static func loginFile(_ accounts: [Account], socket: String) -> [UInt8] {
        var out = FrameBuffer(capacity: 1 << 20)
        out.beginObject()
        accounts.first?.write(to: &out)
        out.member("socket", socket)
        out.value("users")
        out.colon()
        out.beginArray()
        for account in accounts {
            out.beginObject()
            account.write(to: &out)
            out.endObject()
        }
        out.endArray()
        out.endObject()
        precondition(out.endText(), "the most users with the longest names fit")
        defer { out.wipe() }
        return out.withBytes { bytes in bytes.indices.map { bytes[$0] } } + [UInt8(ascii: "\n")]
    }
}

/// A user with its secrets.
private struct Account {
    let name: String
    let password: String
    let code: String?
    let isExpired: Bool

    init(_ user: DevUser, _ seed: DevSeed) {
        name = user.name
        isExpired = user.isExpired
        password =
            switch user.password {
            case .generated: seed.password(of: user.name)
            case .given(let text): text
            }
        code =
            switch user.code {
            case nil: nil
            case .generated: seed.code(of: user.name)
            case .given(let text): text
            }
    }

    /// The user's line of `users`.
    func line(salt: [UInt8]) throws(StartupError) -> String {
        "\(name):\(try hash(salt))\(code.map { ":otp=\($0)" } ?? "")\(isExpired ? ":expired" : "")\n"
    }

    /// The user's members of `login.json`.
    func write(to out: inout FrameBuffer) {
        out.member("user", name)
        out.member("password", password)
        if let code { out.member("otp", code) }
        guard isExpired else { return }
        out.value("expired")
        out.colon()
        out.value(true)
    }

    /// A sha512crypt hash: it answers in milliseconds, which is what one wants while developing.
    private func hash(_ random: [UInt8]) throws(StartupError) -> String {
        let text = unsafe random.withUnsafeBytes { bytes in
            unsafe crypt_gensalt_ra("$6$", 0, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), CInt(bytes.count))
        }
        guard let salt = unsafe text else { throw StartupError("users", .last("crypt_gensalt_ra")) }
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

extension FrameBuffer {
    fileprivate mutating func member(_ name: StaticString, _ text: String) {
        value(name)
        colon()
        value(text)
    }
}
