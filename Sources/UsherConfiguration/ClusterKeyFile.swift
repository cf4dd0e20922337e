internal import CLinux
package import UsherEngine
internal import UsherPOSIX
package import UsherSealing

/// The file with the keys of a cluster: the one that `key_file` names, or the credential `cluster-key` of the unit.
package enum ClusterKeyFile {
    /// Two lines of at most 47 characters, and some white space that is refused with a reason of its own.
    private static let limit = 256

    /// The keys of `settings`. Throws one sentence where they cannot be used. It says nothing of what stands there.
    package static func read(_ settings: ClusterSettings) throws(StartupError) -> ClusterKeys {
        guard let path = path(of: settings) else {
            throw StartupError(
                "[cluster]: there is no key: load the credential \(ClusterSettings.credential) (LoadCredential= of "
                    + "usherd.service), or set key_file")
        }
        var bytes = try contents(path, isCredential: settings.keyFile == nil)
        defer { unsafe bytes.withUnsafeMutableBytes { unsafe usher_wipe($0.baseAddress, $0.count) } }
        do throws(ClusterKeys.Problem) { return try ClusterKeys(file: bytes.span) } catch {
            throw StartupError("\(path): \(error.text)")
        }
    }

    /// Where the keys are; nil without `key_file` where this process has no credentials.
    private static func path(of settings: ClusterSettings) -> String? {
        if let path = settings.keyFile { return path }
        guard let directory = unsafe getenv("CREDENTIALS_DIRECTORY") else { return nil }
        return unsafe String(cString: directory) + "/" + ClusterSettings.credential
    }

    /// A file of `key_file` must be of root or of this process's user, and closed to everybody else. systemd decides
    /// about credentials.
    private static func contents(_ path: String, isCredential: Bool) throws(StartupError) -> [UInt8] {
        var status = stat()
        let bytes: [UInt8]
        do throws(SystemError) {
            let file = try FileDescriptor(unsafe usher_open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0), "open")
            _ = try SystemError.check(unsafe fstat(file.number, &status), "fstat")
            bytes = try SmallFile.prefix(of: file, limit)
        } catch {
            throw StartupError(path, error)
        }
        if let fault = isCredential ? nil : fault(of: status) { throw StartupError("\(path): \(fault)") }
        return bytes
    }

    private static func fault(of status: stat) -> String? {
        guard status.st_mode & mode_t(S_IFMT) == mode_t(S_IFREG) else { return "is no regular file" }
        guard status.st_uid == 0 || status.st_uid == geteuid() else { return "belongs to another user" }
        return status.st_mode & 0o077 == 0 ? nil : "is open to other users than its owner; its mode must be 0600"
    }
}

extension ClusterKeys.Problem {
    /// The problem as a sentence about the file.
    fileprivate var text: String {
        switch self {
        case .empty: "there is no key in it"
        case .malformed(let line):
            "line \(line) must be a number from 0 to 255, a space, and 43 characters of base64url"
        case .tooMany: "there are more than two keys in it"
        case .sameNumber(let number): "two keys have the number \(number)"
        }
    }
}
