internal import CLinux
internal import UsherPOSIX

/// The files that a configuration is read from: one file, and then the `*.toml` files of ``directory``, in the order of
/// their names.
package struct ConfigurationFiles: Sendable {
    /// Where the configuration stands unless told otherwise.
    package static let usual = "/etc/usher/usherd.toml"

    /// The one file.
    package let file: String
    /// Whether it must be there.
    package let isRequired: Bool

    /// The files around `file`; nil for the `usual` place, which may be empty.
    package init(_ file: String?, usual: String = ConfigurationFiles.usual) {
        self.file = file ?? usual
        isRequired = file != nil
    }

    /// The directory of the further files: `/etc/usher/usherd.d` for `/etc/usher/usherd.toml`.
    package var directory: String {
        (file.hasSuffix(".toml") ? String(file.dropLast(5)) : file) + ".d"
    }

    /// The content of the files.
    package struct Content: Sendable {
        /// The files that could be read, in the order in which they count.
        package var files: [ConfigurationFile] = []
        /// One fault for each of the others.
        package var faults: [ConfigurationError] = []

        fileprivate mutating func add(_ path: String, isRequired: Bool = false) {
            do throws(StartupError) {
                if let text = try TextFile.read(path) {
                    files.append(ConfigurationFile(name: path, text: text))
                } else if isRequired {
                    throw StartupError("\(path): there is no such file")
                }
            } catch {
                note(error, path)
            }
        }

        fileprivate mutating func note(_ error: StartupError, _ path: String) {
            let message = error.description.dropFirst(path.utf8.count + 2)
            faults.append(ConfigurationError(.unreadable, file: path, message: String(message)))
        }
    }

    /// Reads what is there. A file that cannot be read does not hide what is wrong with the others.
    package func read() -> Content {
        var content = Content()
        content.add(file, isRequired: isRequired)
        do throws(StartupError) {
            for name in try names() { content.add("\(directory)/\(name)") }
        } catch {
            content.note(error, directory)
        }
        return content
    }

    /// Names in the directory that end in `.toml`, without hidden files. A file that an editor or dpkg(1) leaves behind
    /// does not end in `.toml`.
    private func names() throws(StartupError) -> [String] {
        do throws(SystemError) {
            return try DirectoryNames.sorted(in: directory).filter { $0.hasSuffix(".toml") && !$0.hasPrefix(".") }
        } catch {
            if error.code == ENOENT, !TextFile.isThere(directory) { return [] }
            throw StartupError(directory, error)
        }
    }
}
