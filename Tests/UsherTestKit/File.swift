import CLinux

/// Small files.
package enum File {
    /// What is in the file at `path`; nothing where it cannot be read.
    package static func text(_ path: String) -> String { String(decoding: bytes(path), as: UTF8.self) }

    /// What is in the file at `path`; nothing where it cannot be read.
    package static func bytes(_ path: String) -> [UInt8] {
        let file = usher_open(path, O_RDONLY, 0)
        guard file >= 0 else { return [] }
        defer { close(file) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while case let count = read(file, &piece, piece.count), count > 0 { bytes += piece[..<count] }
        return bytes
    }

    /// Writes a file in the place of what was there.
    package static func write(_ text: String, to path: String, mode: mode_t = 0o600) throws {
        let file = usher_open(path, O_WRONLY | O_CREAT | O_TRUNC, mode)
        guard file >= 0 else { throw TestFailure.last("open \(path)") }
        defer { close(file) }
        let bytes = Array(text.utf8)
        guard CLinux.write(file, bytes, bytes.count) == bytes.count else { throw TestFailure.last("write \(path)") }
    }

    /// The names in a directory.
    package static func names(_ path: String) -> [String] {
        guard let stream = opendir(path) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            names.append(
                withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
        }
        return names
    }

    /// Permission bits and kind (st_mode); 0 where there is nothing.
    package static func mode(_ path: String) -> mode_t {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_mode : 0
    }

    /// Removes what is at `path`, and what is in it.
    package static func remove(_ path: String) {
        if mode(path) & mode_t(S_IFMT) == mode_t(S_IFDIR) {
            for name in names(path) where name != "." && name != ".." { remove("\(path)/\(name)") }
            rmdir(path)
        } else {
            unlink(path)
        }
    }
}
