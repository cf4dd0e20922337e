internal import CLinux
package import UsherPOSIX
internal import UsherSecrets

/// The password of the store, and the command that shows it. Both are zeroed when they go.
package final class StorePassword {
    /// The longest password, in bytes.
    private static let longest = 512
    private let bytes: SecretBytes

    /// The first line of the file at `path`. Throws EINVAL where it is empty, and EFBIG where it is too long.
    package init(file path: String) throws(SystemError) {
        let file = try FileDescriptor(unsafe usher_open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0), "open")
        var bytes = SecretBytes(capacity: Self.longest)
        switch SecretLine.read(from: file.number, append: { bytes.append($0) }) {
        case .tooLong: throw SystemError("read", code: EFBIG)
        case .end: throw SystemError("read", code: EINVAL)
        case .line: break
        }
        guard !bytes.isEmpty else { throw SystemError("read", code: EINVAL) }
        self.bytes = bytes
    }

    /// `AUTH USER PASSWORD`, or `AUTH PASSWORD` without a user, as RESP has it.
    func command(user: String?) -> SecretBytes {
        let words = user.map { "*3\r\n$4\r\nAUTH\r\n$\($0.utf8.count)\r\n\($0)\r\n" } ?? "*2\r\n$4\r\nAUTH\r\n"
        let start = Array("\(words)$\(bytes.count)\r\n".utf8)
        var command = SecretBytes(capacity: start.count + bytes.count + 2)
        command.append(copying: start.span)
        bytes.withBytes { _ = command.append(copying: $0) }
        command.append(UInt8(ascii: "\r"))
        command.append(UInt8(ascii: "\n"))
        return command
    }
}
