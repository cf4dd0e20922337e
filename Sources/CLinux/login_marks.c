// The login that a process belongs to, as a hard limit: fork(2) and execve(2) keep it, and only privilege raises it.
// `usher_keep_limits` keeps a login's processes from lowering it.
// The limit is RLIMIT_RTTIME, the time of real-time schedulers: no worker has one (RestrictRealtime= of the unit), and
// the values here are beyond any time. prlimit(2) reads the limit of any process of the same user, also of one that
// proc(5) hides. Rejected: the process group and the session, which pam_exec(8) and daemons leave; the parent, which
// proc(5) hides for a process that is not dumpable; a cgroup for each login, for which the unit would have to make
// cgroups writable for modules.
#include "CLinux.h"

// In microseconds. A limit below it is no mark.
static const rlim_t first_mark = (rlim_t)1 << 62;

// prlimit(2), whose declaration CLinux.h leaves out with other GNU ones of <sys/resource.h>.
static long usher_prlimit(pid_t process, const struct rlimit *set, struct rlimit *was) {
    return syscall(SYS_prlimit64, process, RLIMIT_RTTIME, set, was);
}

int usher_mark_login(pid_t process, uint64_t login) {
    struct rlimit limit = {first_mark + login, first_mark + login};
    return (int)usher_prlimit(process, &limit, NULL);
}

int usher_login_of(pid_t task, uint64_t *login) {
    struct rlimit limit;
    if (usher_prlimit(task, NULL, &limit) < 0) return -1;
    if (limit.rlim_max == RLIM_INFINITY || limit.rlim_max < first_mark) return -1;
    *login = limit.rlim_max - first_mark;
    return 0;
}
