internal import CLinux

/// The executable of this process.
package enum OwnProgram {
    /// The directory that it lies in, where the others of the same build lie too (realpath(3) of /proc/self/exe).
    package static var directory: String {
        guard let path = unsafe realpath("/proc/self/exe", nil) else { return "." }
        defer { unsafe free(path) }
        let text = unsafe String(cString: path)
        return String(text[..<(text.lastIndex(of: "/") ?? text.startIndex)])
    }

    /// The path of another file in that directory.
    package static func beside(_ name: String) -> String { "\(directory)/\(name)" }
}
