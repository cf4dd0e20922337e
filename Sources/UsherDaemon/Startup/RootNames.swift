internal import CLinux
internal import SwiftGlibc

/// The names of uid 0. No session is ever issued for them without a login.
///
/// They are read from passwd(5) itself, at the start and at each reload. A directory could hang this process, so that
/// usher-names alone asks one; and a person who can add a uid 0 to a directory needs no session of ours.
enum RootNames {
    static func read(path: String = "/etc/passwd") -> Set<String> {
        var names: Set<String> = ["root"]
        guard let file = unsafe fopen(path, "re") else { return names }
        defer { unsafe fclose(file) }
        var entry = unsafe passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 64 << 10)
        while unsafe fgetpwent_r(file, &entry, &buffer, buffer.count, &found) == 0 {
            if unsafe entry.pw_uid == 0 { names.insert(unsafe String(cString: entry.pw_name)) }
        }
        return names
    }
}
