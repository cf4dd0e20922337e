internal import CLinux
package import UsherEventLoop
package import UsherNames
package import UsherPOSIX

/// Watches the files that decide whether accounts may log in, and reports that they may have changed.
///
/// Tools write another file and rename it (rename(2)), so inotify(7) watches the directories, not the files. A report
/// says whether entries of accounts changed, whether anything else did, and whether that may deny everybody. Events
/// that come together, such as those of usermod(8), are one change, which is reported a moment after the first of them
/// (``ChangePace``). An overflow of the kernel's queue counts as a change of everything. So does a directory that was
/// replaced, or that is watched again after it could not be. A directory that cannot be watched, for example because
/// the kernel has no watch left, is warned of once and tried again after a pause that grows to a minute. Not seen:
/// lists elsewhere that modules are configured to read, and directories of a network.
package final class AccountFiles {
    /// What is watched.
    package struct Places: Equatable, Sendable {
        /// The directory of `files`. Its other files do not count.
        package var top: String
        package var files: Set<String>
        /// The subset of `files` that has entries of accounts and nothing else.
        package var entries: Set<String>
        /// Directories in which every file counts.
        package var directories: [String]
        /// Paths of files and directories that deny everybody when they are broken or empty, or, as nologin(5), when
        /// they exist.
        package var stacks: Set<String>

        /// What pam_unix(8), pam_access(8), pam_time(8), pam_nologin(8) and libpam itself read.
        package init(
            top: String = "/etc",
            files: Set<String> = [
                "passwd", "shadow", "group", "nsswitch.conf", "pam.conf", "login.defs", "nologin", "shells",
            ],
            entries: Set<String> = ["passwd", "shadow"],
            directories: [String] = ["/etc/pam.d", "/etc/security"],
            stacks: Set<String> = ["/etc/pam.d", "/etc/pam.conf", "/etc/nologin", "/etc/shells"]
        ) {
            self.top = top
            self.files = files
            self.entries = entries
            self.directories = directories
            self.stacks = stacks
        }
    }

    /// The first and the longest pause after a directory could not be watched.
    private static let pauses = Duration.seconds(1)...Duration.seconds(60)
    private static let mask = UInt32(
        IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF
            | IN_ONLYDIR)

    private let places: Places
    private let loop: EventLoop
    private let warn: (String) -> Void
    private var sources: [EventSource] = []
    private var timer: EventTimer?
    private var retry: EventTimer?
    private var pace = ChangePace()
    /// The directories that cannot be watched now.
    private var unwatched: Set<String> = []
    private var retryPause = pauses.lowerBound
    /// The changes that are not reported yet.
    private var changes: AccountChanges = []
    /// Whether a watched directory may have been replaced.
    private var isStale = false

    /// Watches the existing ones of `places`, calls `warn` for those that cannot be watched, and calls `changed` when
    /// accounts may have changed.
    package init(
        _ places: Places, loop: EventLoop, warn: @escaping (String) -> Void,
        changed: @escaping (AccountChanges) -> Void
    ) throws(SystemError) {
        self.places = places
        self.loop = loop
        self.warn = warn
        timer = try loop.timer { [unowned self] in
            timer?.fired()
            if isStale { watchAll() }
            let changes = self.changes
            self.changes = []
            changed(changes)
        }
        retry = try loop.timer { [unowned self] in
            retry?.fired()
            watchAll()
        }
        watchAll()
    }

    /// Watches all places anew. The old watches stay until the new ones are made.
    private func watchAll() {
        isStale = false
        var failures: [String: SystemError] = [:]
        sources = ([places.top] + places.directories).compactMap { path in
            do throws(SystemError) {
                return try loop.watchDirectory(path, for: Self.mask) { [unowned self] in noted($0, in: path) }
            } catch {
                if !willBeSaid(path, error, failures) { failures[path] = error }
                return nil
            }
        }
        note(failures)
    }

    /// Whether `path` just does not exist, and the watched directory above it will report when it is made.
    private func willBeSaid(_ path: String, _ error: SystemError, _ failures: [String: SystemError]) -> Bool {
        let isBelow = path != places.top && path.hasPrefix(places.top + "/") && failures[places.top] == nil
        return isBelow && error.code == ENOENT
    }

    /// Warns of each directory that can no longer be watched, and of each that can be again, which may have changed
    /// meanwhile. Schedules the next try.
    private func note(_ failures: [String: SystemError]) {
        for (path, error) in failures where !unwatched.contains(path) {
            warn("changes in \(path) are not seen, and accounts are checked at their interval only: \(error)")
        }
        for path in unwatched where failures[path] == nil {
            warn("changes in \(path) are seen again")
            say(.all)
        }
        retryPause = unwatched.isEmpty ? Self.pauses.lowerBound : min(retryPause * 2, Self.pauses.upperBound)
        unwatched = Set(failures.keys)
        retry?.arm(sinceBoot: unwatched.isEmpty ? nil : loop.now + retryPause)
    }

    private func noted(_ change: DirectoryChange, in path: String) {
        switch change {
        case .file(let name) where path == places.top && !places.files.contains(name):
            guard places.directories.contains("\(path)/\(name)") else { return }
            isStale = true
            say([.rules, .stacks])
        case .file(let name) where path == places.top && places.entries.contains(name): say(.entries)
        case .file(let name):
            say(places.stacks.isDisjoint(with: [path, "\(path)/\(name)"]) ? .rules : [.rules, .stacks])
        case .lost:
            isStale = true
            say(.all)
        }
    }

    /// Reports `what` after a pause, with what else changes until then.
    private func say(_ what: AccountChanges) {
        defer { changes.formUnion(what) }
        guard changes.isEmpty else { return }
        timer?.arm(sinceBoot: loop.now + pace.pause(at: loop.now))
    }
}
