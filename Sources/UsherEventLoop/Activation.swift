internal import CLinux
internal import CSystemd
package import UsherPOSIX

/// Descriptors that the service manager passed (sd_listen_fds(3)), by name.
///
/// The name, never the position, tells what a descriptor is: the order changes over `systemctl daemon-reexec`, and
/// descriptors from the descriptor store follow the sockets.
package struct Activation {
    /// A descriptor and the name that it was passed under.
    package struct Entry: Equatable, Sendable {
        /// `FileDescriptorName=` of the socket unit, or `FDNAME=` of the descriptor store.
        package let name: String
        /// The descriptor; close-on-exec.
        package let descriptor: CInt
    }

    /// What was passed, in the order of passing; empty outside activation.
    package let entries: [Entry]

    /// Takes what was passed and removes LISTEN_FDS, LISTEN_FDNAMES and LISTEN_PID from the environment.
    package init() throws(SystemError) {
        var names: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
        let count = try SystemError.checkNegated(
            unsafe sd_listen_fds_with_names(1, &names), "sd_listen_fds_with_names")
        var entries: [Entry] = []
        for index in 0..<Int(count) {
            let name = unsafe names?[index].map { unsafe String(cString: $0) } ?? ""
            entries.append(Entry(name: name, descriptor: CInt(SD_LISTEN_FDS_START) + CInt(index)))
            unsafe free(names?[index])
        }
        unsafe free(names)
        self.entries = entries
    }

    /// Every descriptor passed as `name`.
    package func descriptors(named name: String) -> [CInt] {
        entries.filter { $0.name == name }.map(\.descriptor)
    }
}
