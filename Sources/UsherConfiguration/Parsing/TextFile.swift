internal import CLinux
internal import UsherPOSIX

/// Small files that are read whole.
package enum TextFile {
    /// A configuration is a few KiB; what is larger is some other file.
    private static let limit = 1 << 20

    /// The UTF-8 text of the file at `path`; nil where there is none.
    package static func read(_ path: String) throws(StartupError) -> String? {
        let number = unsafe usher_open(path, O_RDONLY, 0)
        if number < 0 && usher_errno() == ENOENT { return nil }
        guard number >= 0 else { throw StartupError(path, .last("open")) }
        let file = FileDescriptor(owning: number)
        var bytes = [UInt8](repeating: 0, count: limit + 1)
        var count = 0
        while count < bytes.count {
            let got = unsafe bytes.withUnsafeMutableBytes {
                unsafe CLinux.read(file.number, $0.baseAddress?.advanced(by: count), $0.count - count)
            }
            guard got >= 0 else { throw StartupError(path, .last("read")) }
            if got == 0 { break }
            count += got
        }
        guard count <= limit else { throw StartupError("\(path): larger than 1 MiB") }
        guard let text = String(validating: bytes.prefix(count), as: UTF8.self) else {
            throw StartupError("\(path): not UTF-8")
        }
        return text
    }
}
