internal import CLinux
package import UsherEventLoop
package import UsherPOSIX

/// Watches the files by which accounts may log in or not, and says that they may have changed.
///
/// Tools write another file and rename it (rename(2)), so that the directories are watched (inotify(7)), not the files.
/// What changed is not said, but for one thing: whether everybody may be denied by it. The answer is a check of the
/// accounts. Events that come together, as of usermod(8), are one change; it is said a moment after the first of them. An overflow of the kernel's queue is a change, and so is a
/// directory of ours that is replaced. Not seen: lists elsewhere that modules are told to read, and directories of a
/// network.
package final class AccountFiles {
    /// What is watched.
    package struct Places: Equatable, Sendable {
        /// A directory of which these files count.
        package var top: String
        package var files: Set<String>
        /// Directories of which every file counts.
        package var directories: [String]
        /// Those of the files and directories by which everybody is denied once they are broken, empty or, as nologin(5),
        /// there.
        package var stacks: Set<String>

        /// What pam_unix(8), pam_access(8), pam_time(8), pam_nologin(8) and libpam itself read.
        package init(
            top: String = "/etc",
            files: Set<String> = [
                "passwd", "shadow", "group", "nsswitch.conf", "pam.conf", "login.defs", "nologin", "shells",
            ],
            directories: [String] = ["/etc/pam.d", "/etc/security"],
            stacks: Set<String> = ["/etc/pam.d", "/etc/pam.conf", "/etc/nologin", "/etc/shells"]
        ) {
            self.top = top
            self.files = files
            self.directories = directories
            self.stacks = stacks
        }
    }

    /// How long it is waited for more events: tools change several files.
    private static let pause = Duration.milliseconds(200)
    private static let mask = UInt32(
        IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF
            | IN_ONLYDIR)

    private let places: Places
    private let loop: EventLoop
    private var sources: [EventSource] = []
    private var timer: EventTimer?
    private var isSaid = true
    /// Whether the change that is still to be said is one of `places.stacks`.
    private var isOfStacks = false
    /// Whether other directories may stand where some are watched.
    private var isStale = false

    /// Watches `places`, those of them that are there, and calls `changed` when accounts may have changed, with whether that
    /// may be a change of `places.stacks`.
    package init(_ places: Places, loop: EventLoop, changed: @escaping (_ isOfStacks: Bool) -> Void) throws(SystemError) {
        self.places = places
        self.loop = loop
        timer = try loop.timer { [unowned self] in
            timer?.fired()
            isSaid = true
            if isStale { watchAll() }
            defer { isOfStacks = false }
            changed(isOfStacks)
        }
        watchAll()
    }

    /// A directory that is not there is watched once it is made, as the one above it says so.
    private func watchAll() {
        isStale = false
        sources = ([places.top] + places.directories).compactMap { path in
            try? loop.watchDirectory(path, for: Self.mask) { [unowned self] in noted($0, in: path) }
        }
    }

    private func noted(_ change: DirectoryChange, in path: String) {
        switch change {
        case .file(let name) where path == places.top && !places.files.contains(name):
            guard places.directories.contains("\(path)/\(name)") else { return }
            isStale = true
            isOfStacks = true
        case .file(let name):
            if !places.stacks.isDisjoint(with: [path, "\(path)/\(name)"]) { isOfStacks = true }
        case .lost:
            isStale = true
            isOfStacks = true
        }
        guard isSaid else { return }
        isSaid = false
        timer?.arm(sinceBoot: loop.now + Self.pause)
    }
}
