import CLinux
import Synchronization

/// A directory of one test, with a path short enough for sockets (107 bytes, unix(7)). It is removed with this value,
/// or at the exit of the process if the value still lives.
package final class TestDirectory {
    /// The directories to remove at exit, and the process that made them: a child of fork(2) leaves them alone.
    private static let kept = Mutex<(process: pid_t, paths: Set<String>)>((0, []))

    /// Its absolute path.
    package let path: String

    /// Makes a new one below /tmp that every user may enter.
    package init() throws {
        var name = Array("/tmp/usher-XXXXXX".utf8CString)
        guard mkdtemp(&name) != nil else { throw TestFailure.last("mkdtemp") }
        path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        chmod(path, 0o755)
        Self.kept.withLock { kept in
            if kept.process == 0 { atexit { TestDirectory.removeKept() } }
            kept.process = getpid()
            kept.paths.insert(path)
        }
    }

    deinit {
        File.remove(path)
        _ = Self.kept.withLock { $0.paths.remove(path) }
    }

    private static func removeKept() {
        let paths = kept.withLock { $0.process == getpid() ? $0.paths : [] }
        for path in paths { File.remove(path) }
    }

    /// The path of `name` in it.
    package func path(_ name: String) -> String { "\(path)/\(name)" }

    /// Makes the directory `name` with this mode.
    @discardableResult
    package func makeDirectory(_ name: String, mode: mode_t = 0o700) -> String {
        mkdir(path(name), mode)
        chmod(path(name), mode)
        return path(name)
    }
}
