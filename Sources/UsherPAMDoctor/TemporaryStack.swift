internal import CLinux
internal import UsherPOSIX

/// A service directory that is removed with this value: pam_start_confdir(3) reads a stack from files alone.
///
/// It lies in /tmp, whatever the environment says: the broker's sandbox has a /tmp of its own (`PrivateTmp=`,
/// systemd.exec(5)), and elsewhere nobody else may enter the directory or replace it.
final class TemporaryStack {
    /// The directory.
    let path: String
    private var names: [String] = []

    /// Makes the directory; nil where that cannot be done.
    init?() {
        guard let path = try? TemporaryDirectory.make("usher-doctor-") else { return nil }
        self.path = path
    }

    /// Writes a file for each member; `other` denies. False where that cannot be done.
    func write(_ files: [String: String]) -> Bool {
        let deny = "auth required pam_deny.so\naccount required pam_deny.so\n"
        let all = files.merging(["other": deny]) { own, _ in own }
        names = Array(all.keys)
        return all.allSatisfy { name, text in
            (try? SmallFile.replace(path + "/" + name, with: Array(text.utf8), mode: 0o600)) != nil
        }
    }

    deinit {
        for name in names { unsafe unlink(path + "/" + name) }
        unsafe rmdir(path)
    }
}
