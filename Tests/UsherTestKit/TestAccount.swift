import CLinux

/// An account of the host that a test makes and that goes with this value. Root only.
package final class TestAccount {
    /// Its name, unlike any other.
    package let name: String
    /// Its number.
    package let uid: UInt32
    /// Its password.
    package let password = "pw-\(UInt64.random(in: 0 ... .max))"
    private let directory: TestDirectory

    private let rounds: Int

    /// Makes one with a password in a cheap hash: SHA-512 of so many rounds (5,000 is what distributions take).
    package init(_ directory: TestDirectory, rounds: Int = 1000) throws {
        self.directory = directory
        self.rounds = rounds
        name = "usher-test-" + String(UInt32.random(in: 0 ... .max), radix: 36)
        try Self.run("useradd", "-M", "-N", "-s", "/usr/sbin/nologin", name, in: directory)
        let entry = try TestProcess.run(["getent", "passwd", name], in: directory).text.split(separator: ":")
        guard entry.count > 2, let uid = UInt32(entry[2]) else { throw TestFailure("no account \(name)") }
        self.uid = uid
        try setPassword()
    }

    deinit { try? Self.run("userdel", name, in: directory) }

    private func setPassword() throws {
        let file = directory.path("password-\(name)")
        try File.write("\(name):\(password)\n", to: file)
        defer { unlink(file) }
        try Self.run("sh", "-c", "chpasswd -c SHA512 -s \(rounds) < \(file)", in: directory)
    }

    /// usermod(8): -L locks it, -e sets when it expires.
    package func change(_ options: String...) throws {
        try Self.run(["usermod"] + options + [name], in: directory)
    }

    /// The password must be changed at the next login (chage(1)).
    package func expirePassword() throws { try Self.run("chage", "-d", "0", name, in: directory) }

    private static func run(_ arguments: String..., in directory: TestDirectory) throws {
        try run(arguments, in: directory)
    }

    /// Runs a tool until it succeeds: it refuses while another one has the lock of the files.
    private static func run(_ arguments: [String], in directory: TestDirectory) throws {
        try eventually("\(arguments[0]) succeeds") {
            let (end, text) = try TestProcess.run(arguments, in: directory)
            guard end != .status(0) else { return true }
            guard text.contains("lock") else { throw TestFailure("\(arguments[0]): \(text)") }
            return false
        }
    }
}
