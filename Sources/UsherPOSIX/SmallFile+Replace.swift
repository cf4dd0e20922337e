internal import CLinux

extension SmallFile {
    /// Replaces the file at `path` by one of that content and mode, as a whole: readers find the old one or the new one
    /// (rename(2)). The new file lies beside it until then, under a name that begins with a dot.
    package static func replace(_ path: String, with content: [UInt8], mode: UInt32) throws(SystemError) {
        let parts = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { path[...$0] } ?? ""
        let name = path[parts.endIndex...]
        let fresh = "\(parts).\(name).\(getpid())"
        do throws(SystemError) {
            try write(content, to: fresh, mode: mode)
            _ = try SystemError.check(unsafe rename(fresh, path), "rename")
        } catch {
            unsafe unlink(fresh)
            throw error
        }
    }

    private static func write(_ content: [UInt8], to path: String, mode: UInt32) throws(SystemError) {
        unsafe unlink(path)
        let file = try FileDescriptor(
            unsafe usher_open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode), "open")
        _ = try SystemError.check(fchmod(file.number, mode), "fchmod")
        var rest = content[...]
        while !rest.isEmpty {
            let written = unsafe rest.withUnsafeBytes { unsafe CLinux.write(file.number, $0.baseAddress, $0.count) }
            if written < 0, usher_errno() == EINTR { continue }
            guard written > 0 else { throw .last("write") }
            rest = rest.dropFirst(written)
        }
    }
}
