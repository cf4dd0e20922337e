// A Landlock domain (landlock(7)) for each worker of PAM: what keeps one login's processes from another's.
//
// A process in a domain can trace and read (ptrace(2), /proc/PID/mem, process_vm_readv(2)) only processes of its domain
// and of domains below it, whatever their user and whether or not they are dumpable. With the scope of signals (Linux
// 6.12) it can signal no others either. fork(2) and execve(2) keep the domain, and nothing leaves it.
//
// A ruleset must handle something. A ruleset with the scope of signals handles nothing else. Before Linux 6.12 the
// ruleset handles a right on files that no worker loses. From Linux 5.19 on it is the right to move files between
// directories, which Landlock would deny otherwise, and which the ruleset grants below /. On Linux 5.13 to 5.18 that
// denial cannot be lifted; the right is then to make block devices, which takes a capability that no worker has.
// mount(2) is denied in each domain that handles rights on files.
// Rejected: rules for files, because no list of what PAM modules read and write is complete.
#include "CLinux.h"

// The C library has no wrappers, and its headers end with Linux 6.1.
struct usher_ruleset {
    uint64_t handled_access_fs, handled_access_net, scoped;
};
struct usher_path_rule {
    uint64_t allowed_access;
    int32_t parent_fd;
} __attribute__((packed));

enum { USHER_RULE_PATH_BENEATH = 1, USHER_CREATE_RULESET_VERSION = 1 };
enum { USHER_FS_MAKE_BLOCK = 1 << 11, USHER_FS_REFER = 1 << 13, USHER_SCOPE_SIGNAL = 1 << 1 };

static int usher_version_of_landlock(void) {
    return (int)syscall(SYS_landlock_create_ruleset, NULL, 0, USHER_CREATE_RULESET_VERSION);
}

static int usher_grant_below_root(int ruleset, uint64_t right) {
    struct usher_path_rule rule = {.allowed_access = right, .parent_fd = open("/", O_PATH | O_CLOEXEC)};
    if (rule.parent_fd < 0) return -1;
    int result = (int)syscall(SYS_landlock_add_rule, ruleset, USHER_RULE_PATH_BENEATH, &rule, 0);
    close(rule.parent_fd);
    return result;
}

static int usher_make_ruleset(int level, int version) {
    struct usher_ruleset rules = {0};
    if (level == USHER_SEPARATES_SIGNALS) {
        rules.scoped = USHER_SCOPE_SIGNAL;
        return (int)syscall(SYS_landlock_create_ruleset, &rules, sizeof rules, 0);
    }
    rules.handled_access_fs = version < 2 ? USHER_FS_MAKE_BLOCK : USHER_FS_REFER;
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &rules, sizeof rules.handled_access_fs, 0);
    if (ruleset < 0 || version < 2 || usher_grant_below_root(ruleset, USHER_FS_REFER) == 0) return ruleset;
    close(ruleset);
    return -1;
}

int usher_separate(int level) {
    if (level == USHER_SEPARATES_NOTHING) return 0;
    int version = usher_version_of_landlock();
    if (version < 0) return -1;
    int ruleset = usher_make_ruleset(level, version);
    if (ruleset < 0) return -1;
    int result = (int)syscall(SYS_landlock_restrict_self, ruleset, 0);
    close(ruleset);
    return result;
}

// Whether this process could enter such a domain: 0, or the error. A child tries it.
static int usher_try_to_separate(int level) {
    int status = 0;
    pid_t child = _Fork();
    if (child == 0) _exit(usher_separate(level) < 0 ? errno : 0);
    if (child < 0) return errno;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) return errno;
    return WIFEXITED(status) ? WEXITSTATUS(status) : ENOSYS;
}

int usher_separation(int most) {
    int first = ENOSYS;
    for (int level = most; level > USHER_SEPARATES_NOTHING; level--) {
        int error = usher_try_to_separate(level);
        if (error == 0) return level;
        first = error;
    }
    errno = first;
    return USHER_SEPARATES_NOTHING;
}
