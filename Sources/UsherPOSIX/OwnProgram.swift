internal import CLinux

/// The executable of this process.
package enum OwnProgram {
    /// The directory of the executable and of the other programs of its build (realpath(3) of /proc/self/exe).
    package static var directory: String {
        guard let path = unsafe realpath("/proc/self/exe", nil) else { return "." }
        defer { unsafe free(path) }
        let text = unsafe String(cString: path)
        return String(text[..<(text.lastIndex(of: "/") ?? text.startIndex)])
    }

    /// The path of another program of the same build. If the build has none, its path in the installation, which has
    /// the programs that nobody calls by hand in `/usr/lib/usher`.
    package static func companion(_ name: String) -> String {
        let built = beside(name)
        return unsafe access(built, X_OK) == 0 ? built : "/usr/lib/usher/\(name)"
    }

    /// The path of a PAM module of the same build, or else of the installation.
    package static func module(_ name: String) -> String {
        let places = [beside("lib\(name).so"), beside("\(name).so")]
        return places.first { unsafe access($0, F_OK) == 0 } ?? "/usr/lib/usher/\(name).so"
    }

    /// The path of another file in that directory.
    package static func beside(_ name: String) -> String { "\(directory)/\(name)" }
}
