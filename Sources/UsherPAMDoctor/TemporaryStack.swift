internal import CLinux

/// A service directory that goes with this value: pam_start_confdir(3) reads a stack from files, and from nowhere else.
///
/// It lies in /tmp, whatever the environment says: in the broker's sandbox that is one of its own (`PrivateTmp=`,
/// systemd.exec(5)), and elsewhere nobody else may enter the directory or put another in its place.
final class TemporaryStack {
    /// The directory.
    let path: String
    private var names: [String] = []

    /// mkdtemp(3); nil where that cannot be done.
    init?() {
        var template = Array("/tmp/usher-doctor-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { return nil }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Writes a file for each member; `other` denies. False where that cannot be done.
    func write(_ files: [String: String]) -> Bool {
        let deny = "auth required pam_deny.so\naccount required pam_deny.so\n"
        let all = files.merging(["other": deny]) { own, _ in own }
        names = Array(all.keys)
        return all.allSatisfy { write($0.value, to: path + "/" + $0.key) }
    }

    deinit {
        for name in names { unsafe unlink(path + "/" + name) }
        unsafe rmdir(path)
    }

    private func write(_ text: String, to path: String) -> Bool {
        let file = unsafe usher_open(path, O_WRONLY | O_CREAT | O_EXCL, 0o600)
        guard file >= 0 else { return false }
        defer { close(file) }
        let bytes = Array(text.utf8)
        return unsafe CLinux.write(file, bytes, bytes.count) == bytes.count
    }
}
