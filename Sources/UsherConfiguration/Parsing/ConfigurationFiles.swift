internal import CLinux
internal import UsherPOSIX

/// The files that a configuration is read from: one, and the `*.toml` of the directory beside it that is called like
/// it, with `.d` for `.toml`, in the order of their names.
package struct ConfigurationFiles: Sendable {
    /// Where the configuration stands unless told otherwise.
    package static let usual = "/etc/usher/usherd.toml"

    /// The one file.
    package let file: String
    /// Whether it must be there.
    package let isRequired: Bool

    /// The files around `file`; nil for the usual place, which may be empty.
    package init(_ file: String?) {
        self.file = file ?? Self.usual
        isRequired = file != nil
    }

    /// The directory of the further files: `/etc/usher/usherd.d` for `/etc/usher/usherd.toml`.
    package var directory: String {
        (file.hasSuffix(".toml") ? String(file.dropLast(5)) : file) + ".d"
    }

    /// Reads what is there.
    package func read() throws(StartupError) -> [ConfigurationFile] {
        var files: [ConfigurationFile] = []
        if let text = try TextFile.read(file) {
            files.append(ConfigurationFile(name: file, text: text))
        } else if isRequired {
            throw StartupError("\(file): there is no such file")
        }
        for name in try names() {
            let path = "\(directory)/\(name)"
            guard let text = try TextFile.read(path) else { continue }
            files.append(ConfigurationFile(name: path, text: text))
        }
        return files
    }

    /// Names in the directory; hidden files, and what an editor or dpkg(1) leaves behind, do not end in `.toml`.
    private func names() throws(StartupError) -> [String] {
        guard let stream = unsafe opendir(directory) else {
            if usher_errno() == ENOENT { return [] }
            throw StartupError(directory, .last("opendir"))
        }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) {
                unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasSuffix(".toml"), !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}
