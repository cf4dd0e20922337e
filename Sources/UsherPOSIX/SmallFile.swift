internal import CLinux

/// Small files, read whole.
package enum SmallFile {
    /// The content of the file at `path`; EFBIG if it has more than `limit` bytes. `flags` are added to the flags of
    /// open(2), which does not wait for a writer of a named pipe (O_NONBLOCK).
    package static func read(_ path: String, limit: Int, flags: CInt = 0) throws(SystemError) -> [UInt8] {
        let bytes = try prefix(of: path, limit + 1, flags: flags)
        guard bytes.count <= limit else { throw SystemError("read", code: EFBIG) }
        return bytes
    }

    /// At most `count` bytes from the start of the file at `path`.
    package static func prefix(of path: String, _ count: Int, flags: CInt = 0) throws(SystemError) -> [UInt8] {
        let number = unsafe usher_open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | flags, 0)
        return try prefix(of: FileDescriptor(number, "open"), count)
    }

    /// At most `count` bytes of `file`, from where it stands (read(2)).
    package static func prefix(of file: borrowing FileDescriptor, _ count: Int) throws(SystemError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let got = unsafe bytes.withUnsafeMutableBytes {
                unsafe CLinux.read(file.number, $0.baseAddress?.advanced(by: filled), $0.count - filled)
            }
            guard got >= 0 else { throw .last("read") }
            if got == 0 { break }
            filled += got
        }
        bytes.removeSubrange(filled...)
        return bytes
    }
}
