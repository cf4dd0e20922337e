internal import CLinux
package import UsherConfiguration
package import UsherPOSIX

/// The one directory below which `--dev` keeps everything.
///
/// It is made with mode 0700, or must already be a real directory of this user that nobody else may enter. Files in it
/// are opened relative to it and never through a symbolic link. It is locked for as long as this value lives, so that
/// two daemons cannot share it.
package struct DevDirectory: ~Copyable {
    /// Absolute path.
    package let path: String
    private let directory: FileDescriptor
    private let lock: FileDescriptor

    /// Opens, or makes, the directory at `path`.
    package init(path given: String) throws(StartupError) {
        let path = Self.withoutSlashes(given)
        if unsafe mkdir(path, 0o700) != 0 && usher_errno() != EEXIST { throw StartupError(path, .last("mkdir")) }
        let absolute = try Self.absolute(path)
        let directory = try Self.own(unsafe usher_open(path, O_DIRECTORY | O_NOFOLLOW | O_RDONLY, 0), path)
        let lock = try Self.lock(directory, path)
        self.path = absolute
        self.directory = directory
        self.lock = lock
    }

    /// A slash at the end would let open(2) follow a symbolic link before it.
    private static func withoutSlashes(_ path: String) -> String {
        var path = path[...]
        while path.count > 1, path.last == "/" { path.removeLast() }
        return String(path)
    }

    private static func lock(_ directory: borrowing FileDescriptor, _ path: String) throws(StartupError)
        -> FileDescriptor
    {
        var status = stat()
        guard unsafe fstat(directory.number, &status) == 0 else { throw StartupError(path, .last("fstat")) }
        guard status.st_uid == geteuid(), status.st_mode & 0o077 == 0 else {
            throw StartupError("\(path): must belong to the user who starts it and be closed to all others (mode 0700)")
        }
        let flags = O_CREAT | O_RDWR | O_NOFOLLOW
        let lock = try own(unsafe usher_openat(directory.number, "lock", flags, 0o600), "\(path)/lock")
        guard isTaken(lock) else { throw StartupError("\(path): another usherd --dev is running there") }
        try sign(lock, path)
        return lock
    }

    /// Writes the pid of this process into the lock, for a person or a program that ends the daemon.
    private static func sign(_ lock: borrowing FileDescriptor, _ path: String) throws(StartupError) {
        let text = Array("\(getpid())\n".utf8)
        let count = unsafe text.withUnsafeBytes { unsafe CLinux.write(lock.number, $0.baseAddress, $0.count) }
        guard count == text.count else { throw StartupError("\(path)/lock", .last("write")) }
        // Not before the write: a full disk would give away the block that ftruncate(2) frees.
        guard ftruncate(lock.number, count) == 0 else { throw StartupError("\(path)/lock", .last("ftruncate")) }
    }

    /// flock(2), tried for a second: a daemon that was killed may leave a child between fork(2) and execve(2), which
    /// holds the lock until then.
    private static func isTaken(_ lock: borrowing FileDescriptor) -> Bool {
        for attempt in 0..<attempts {
            if attempt > 0 { poll(nil, 0, pause) }
            if flock(lock.number, LOCK_EX | LOCK_NB) == 0 { return true }
        }
        return false
    }

    /// How often the lock is tried, and how many milliseconds lie between.
    private static let (attempts, pause) = (51, CInt(20))

    private static func own(_ descriptor: CInt, _ path: String) throws(StartupError) -> FileDescriptor {
        guard descriptor >= 0 else { throw StartupError(path, .last("open")) }
        return FileDescriptor(owning: descriptor)
    }

    private static func absolute(_ path: String) throws(StartupError) -> String {
        guard let resolved = unsafe realpath(path, nil) else { throw StartupError(path, .last("realpath")) }
        defer { unsafe free(resolved) }
        return unsafe String(cString: resolved)
    }

    /// The absolute path of `name` in it.
    package func path(of name: String) -> String { "\(path)/\(name)" }

    /// Whether `name` is there.
    package func contains(_ name: String) -> Bool {
        unsafe faccessat(directory.number, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0
    }

    /// Makes the directory `name` with mode 0700, unless it is there.
    package func makeDirectory(_ name: String) throws(StartupError) {
        guard unsafe mkdirat(directory.number, name, 0o700) == 0 || usher_errno() == EEXIST else {
            throw StartupError(path(of: name), .last("mkdirat"))
        }
    }

    /// Replaces the file `name`, with mode 0600. A full disk leaves the old file as it was. A file that has this
    /// content already is not written, so that a full disk keeps nobody from starting again.
    package func write(_ text: String, to name: String) throws(StartupError) { try write(Array(text.utf8), to: name) }

    /// The same of bytes.
    package func write(_ bytes: [UInt8], to name: String) throws(StartupError) {
        do throws(SystemError) {
            guard try !holds(name, bytes) else { return }
            let fresh = name + ".new"
            let flags = O_CREAT | O_TRUNC | O_WRONLY | O_NOFOLLOW
            let file = try FileDescriptor(unsafe usher_openat(directory.number, fresh, flags, 0o600), "open")
            let written = unsafe bytes.withUnsafeBytes { unsafe CLinux.write(file.number, $0.baseAddress, $0.count) }
            guard written == bytes.count else { throw .last("write") }
            _ = try SystemError.check(unsafe renameat(directory.number, fresh, directory.number, name), "renameat")
        } catch {
            throw StartupError(path(of: name), error)
        }
    }

    /// Whether the file `name` has mode 0600 and the content `bytes`. Throws ELOOP for a symbolic link, which is
    /// somebody's mistake and is neither followed nor replaced.
    private func holds(_ name: String, _ bytes: [UInt8]) throws(SystemError) -> Bool {
        var status = stat()
        guard unsafe fstatat(directory.number, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return false }
        if status.st_mode & mode_t(S_IFMT) == mode_t(S_IFLNK) { throw SystemError("open", code: ELOOP) }
        guard status.st_mode == mode_t(S_IFREG) | 0o600 else { return false }
        return try SmallFile.prefix(of: path(of: name), bytes.count + 1, flags: O_NOFOLLOW) == bytes
    }

    /// The content of the file `name`, at most `limit` bytes.
    package func read(_ name: String, limit: Int) throws(StartupError) -> [UInt8] {
        do throws(SystemError) {
            return try SmallFile.prefix(of: path(of: name), limit, flags: O_NOFOLLOW)
        } catch {
            throw StartupError(path(of: name), error)
        }
    }

    /// Makes the symbolic link `name` to `target`, in the place of what was there.
    package func link(_ name: String, to target: String) throws(StartupError) {
        unsafe unlinkat(directory.number, name, 0)
        guard unsafe symlinkat(target, directory.number, name) == 0 else {
            throw StartupError(path(of: name), .last("symlinkat"))
        }
    }

    /// A listening, non-blocking Unix socket `name` of `type`, mode 0600, in the place of what was there.
    package func listen(_ name: String, type: CInt) throws(StartupError) -> FileDescriptor {
        let path = path(of: name)
        do throws(SystemError) {
            let socket = try FileDescriptor(usher_unix_socket(type, 1), "socket")
            unsafe unlinkat(directory.number, name, 0)
            _ = try SystemError.check(unsafe usher_bind(socket.number, path), "bind")
            _ = try SystemError.check(unsafe chmod(path, 0o600), "chmod")
            _ = try SystemError.check(CLinux.listen(socket.number, 4096), "listen")
            return socket
        } catch {
            throw StartupError(path, error)
        }
    }
}
