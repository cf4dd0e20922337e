internal import CLinux

/// Which files stood at some paths when this value was made. A package upgrade puts other files there, and so is
/// noticed.
struct FileIdentities {
    private struct Identity: Equatable {
        let device: dev_t
        let inode: ino_t
    }

    private let files: [(path: String, identity: Identity?)]
    /// The second in which the files were last found unchanged.
    private var checked: time_t?

    /// The files that stand at `paths` now.
    init(_ paths: [String]) { files = paths.map { ($0, Self.identity($0)) } }

    /// Paths of the libraries of this process (dl_iterate_phdr(3)).
    static func libraries() -> [String] {
        var paths: [String] = []
        unsafe withUnsafeMutablePointer(to: &paths) { paths in
            _ = unsafe dl_iterate_phdr(
                { information, _, paths in
                    guard let name = unsafe information?.pointee.dlpi_name, unsafe name[0] == 0x2F else { return 0 }
                    unsafe paths?.assumingMemoryBound(to: [String].self).pointee.append(String(cString: name))
                    return 0
                }, paths)
        }
        return paths
    }

    /// Whether the same files are there at `now` (time(2)): one stat(2) each, once a second.
    mutating func areCurrent(at now: time_t) -> Bool {
        guard checked != now else { return true }
        guard files.allSatisfy({ Self.identity($0.path) == $0.identity }) else { return false }
        checked = now
        return true
    }

    /// A file in use keeps its inode number, so no other file can have it.
    private static func identity(_ path: String) -> Identity? {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        return Identity(device: status.st_dev, inode: status.st_ino)
    }
}
