import CLinux
import UsherClient
import UsherConfiguration
import UsherEventLoop
import UsherGate
import UsherPOSIX
import UsherSecrets

/// Two sockets that listen, and the key of cookies and hand-overs. systemd passes the sockets, and keeps the key
/// through a crash, a restart and an upgrade. The credential `gate-key` (systemd.exec(5), LoadCredential=), which the
/// gates of several hosts share, takes the key's place. Below a directory of usherd --dev the gate makes its sockets at
/// each start, and a key where there is no credential.
struct GateSockets {
    /// Where proxies connect.
    let http: CInt
    /// Where monitoring asks; nil where there is none.
    let operations: CInt?
    /// 32 bytes.
    let key: SecretBytesBox

    /// Holds the key's bytes.
    final class SecretBytesBox: Sendable {
        let bytes: SecretBytes
        init(_ bytes: consuming SecretBytes) { self.bytes = bytes }
    }

    private static let keyName = "gate-key"

    /// What the service manager has passed.
    init(_ activation: Activation) throws(StartupError) {
        guard let http = activation.descriptors(named: "http").first else {
            throw StartupError(
                "systemd has passed no socket named \"http\": start usher-gate.socket, or take --directory")
        }
        self.http = http
        operations = activation.descriptors(named: "ops").first
        if let shared = try GateKeyFile.credential() {
            key = SecretBytesBox(shared)
            ServiceManager.forget(Self.keyName)
            return
        }
        do throws(SystemError) {
            if let kept = activation.descriptors(named: Self.keyName).first, let bytes = try Self.read(kept) {
                key = SecretBytesBox(bytes)
                return
            }
            let bytes = Self.fresh()
            try Self.keep(bytes)
            key = SecretBytesBox(bytes)
        } catch {
            throw StartupError(Self.keyName, error)
        }
    }

    /// Sockets of its own below the directory of usherd --dev.
    init(directory: String) throws(StartupError) {
        http = try Self.listen(directory + "/gate.sock")
        operations = try Self.listen(directory + "/gate-ops.sock")
        key = SecretBytesBox(try GateKeyFile.credential() ?? Self.fresh())
    }

    private static func fresh() -> SecretBytes {
        Token.fresh().withBytes { SecretBytes(copying: $0) }
    }

    private static func read(_ memory: CInt) throws(SystemError) -> SecretBytes? {
        var bytes = InlineArray<32, UInt8>(repeating: 0)
        let got = unsafe withUnsafeMutableBytes(of: &bytes) { unsafe pread(memory, $0.baseAddress, $0.count, 0) }
        guard got >= 0 else { throw .last("pread") }
        defer { unsafe withUnsafeMutableBytes(of: &bytes) { unsafe Wipe.zero($0) } }
        return got == CookieKey.size ? SecretBytes(copying: bytes.span) : nil
    }

    /// Hands the key to systemd's descriptor store, in memory that nobody can change any more.
    private static func keep(_ bytes: borrowing SecretBytes) throws(SystemError) {
        let memory = try FileDescriptor(unsafe usher_memfd(keyName), "memfd_create")
        let written = bytes.withBytes { bytes in
            unsafe bytes.withUnsafeBytes { unsafe write(memory.number, $0.baseAddress, $0.count) }
        }
        guard written == CookieKey.size else { throw .last("write") }
        _ = try SystemError.check(
            usher_add_seals(memory.number, CInt(F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL)), "fcntl")
        ServiceManager.forget(keyName)
        ServiceManager.store(memory.number, as: keyName)
    }

    private static func listen(_ path: String) throws(StartupError) -> CInt {
        unsafe unlink(path)
        do throws(SystemError) {
            let socket = try FileDescriptor(usher_unix_socket(CInt(SOCK_STREAM.rawValue), 1), "socket")
            _ = try SystemError.check(unsafe usher_bind(socket.number, path), "bind")
            _ = try SystemError.check(CLinux.listen(socket.number, SOMAXCONN), "listen")
            return socket.release()
        } catch {
            throw StartupError(path, error)
        }
    }
}
