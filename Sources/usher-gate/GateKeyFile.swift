import CLinux
import UsherConfiguration
import UsherGate
import UsherPOSIX
import UsherSecrets

/// The key that the gates of several hosts share: a line of base64url, as ``newLine()`` makes it.
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
        var text = SecretBytes(capacity: Base64URL.encodedCount(CookieKey.size))
        let outcome: SecretLine.Outcome
        do throws(SystemError) {
            let file = try FileDescriptor(unsafe usher_open(path, O_RDONLY, 0), "open")
            outcome = SecretLine.read(from: file.number) { text.append($0) }
        } catch {
            throw StartupError(path, error)
        }
        var bytes = InlineArray<32, UInt8>(repeating: 0)
        defer { unsafe withUnsafeMutableBytes(of: &bytes) { unsafe Wipe.zero($0) } }
        var room = bytes.mutableSpan
        guard outcome == .line, text.withBytes({ Base64URL.decode($0, into: &room) }) else {
            throw StartupError("\(path): the first line is not a key, as usher-gate --print key makes it")
        }
        return SecretBytes(copying: bytes.span)
    }

    /// A new random key.
    static func newLine() -> String {
        var bytes = InlineArray<32, UInt8>(repeating: 0)
        var room = bytes.mutableSpan
        Random.fill(&room)
        var text = [UInt8](repeating: 0, count: Base64URL.encodedCount(CookieKey.size))
        var characters = text.mutableSpan
        Base64URL.encode(bytes.span, into: &characters)
        return String(decoding: text, as: UTF8.self)
    }
}
