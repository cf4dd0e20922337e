internal import CLinux

/// Confines a process that starts workers, before it receives anything.
package enum ProcessConfinement {
    /// Puts descriptors 0 to 2 in use, forbids cores, ptrace(2) by its own uid and programs that give privileges
    /// (PR_SET_NO_NEW_PRIVS of prctl(2)), and takes orphans of workers as children. With `parent`, this process gets
    /// SIGTERM when its parent ends; false if `parent` is not its parent. False on failure.
    package static func begin(parent: Int32? = nil) -> Bool {
        var null: Int32
        repeat { null = unsafe usher_open("/dev/null", O_RDWR, 0) } while (0...2).contains(null)
        if null > 2 { close(null) }
        guard usher_forbid_cores() == 0, usher_set_dumpable(0) == 0, usher_set_no_new_privileges() == 0,
            usher_set_child_subreaper(1) == 0
        else { return false }
        guard let parent else { return true }
        return usher_set_parent_death_signal(SIGTERM) == 0 && getppid() == parent
    }
}
