internal import CLinux

/// Directories that exist for a while.
package enum TemporaryDirectory {
    /// Makes a directory that its owner alone may enter, and returns its path (mkdtemp(3)): `/tmp/`, `prefix` and some
    /// characters.
    ///
    /// Not below TMPDIR: the path of a socket has 107 bytes at most (unix(7)), and units have a /tmp of their own
    /// (`PrivateTmp=`, systemd.exec(5)).
    package static func make(_ prefix: String) throws(SystemError) -> String {
        var path = Array("/tmp/\(prefix)XXXXXX".utf8CString)
        guard unsafe mkdtemp(&path) != nil else { throw .last("mkdtemp") }
        return String(decoding: path.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
