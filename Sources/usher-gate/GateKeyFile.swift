import CLinux
import UsherClient
import UsherConfiguration
import UsherPOSIX
import UsherSecrets

/// The key that the gates of several hosts share: a line of base64url, as a token has it.
enum GateKeyFile {
    /// The key in the credential `gate-key`, which systemd passes; nil where there is none.
    static func credential() throws(StartupError) -> SecretBytes? {
        guard let directory = unsafe getenv("CREDENTIALS_DIRECTORY") else { return nil }
        let path = unsafe String(cString: directory) + "/gate-key"
        guard unsafe access(path, F_OK) == 0 else { return nil }
        return try read(path)
    }

    /// The key in the first line of a file.
    static func read(_ path: String) throws(StartupError) -> SecretBytes {
        var text = SecretBytes(capacity: Token.textSize)
        let outcome: SecretLine.Outcome
        do throws(SystemError) {
            let file = try FileDescriptor(unsafe usher_open(path, O_RDONLY, 0), "open")
            outcome = SecretLine.read(from: file.number) { text.append($0) }
        } catch {
            throw StartupError(path, error)
        }
        guard outcome == .line, let key = text.withBytes({ Token(utf8: $0) }) else {
            throw StartupError("\(path): the first line is not a key, as usher-gate --print key makes it")
        }
        return key.withBytes { SecretBytes(copying: $0) }
    }
}
