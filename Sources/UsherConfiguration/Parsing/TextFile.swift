internal import CLinux
internal import UsherPOSIX

/// Small files that are read whole.
package enum TextFile {
    /// A configuration is a few KiB; what is larger is some other file.
    private static let limit = 1 << 20

    /// The UTF-8 text of the file at `path`; nil where there is none. A link to nothing, and what is no regular file,
    /// is an error; a named pipe without a writer does not block (open(2), O_NONBLOCK).
    package static func read(_ path: String) throws(StartupError) -> String? {
        let number = unsafe usher_open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0)
        if number < 0 && usher_errno() == ENOENT {
            guard isThere(path) else { return nil }
            throw StartupError("\(path): is a link to nothing")
        }
        guard number >= 0 else { throw StartupError(path, .last("open")) }
        let file = FileDescriptor(owning: number)
        var status = stat()
        guard unsafe fstat(file.number, &status) == 0 else { throw StartupError(path, .last("fstat")) }
        guard status.st_mode & UInt32(S_IFMT) == UInt32(S_IFREG) else {
            throw StartupError("\(path): is no regular file")
        }
        let bytes: [UInt8]
        do throws(SystemError) { bytes = try SmallFile.prefix(of: file, limit + 1) } catch {
            throw StartupError(path, error)
        }
        guard bytes.count <= limit else { throw StartupError("\(path): larger than 1 MiB") }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw StartupError("\(path): not UTF-8")
        }
        return text
    }

    /// Whether the name is there, whatever it leads to (lstat(2)).
    static func isThere(_ path: String) -> Bool {
        var status = stat()
        return unsafe lstat(path, &status) == 0
    }
}
