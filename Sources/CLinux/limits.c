// Limits of processes (getrlimit(2)), and what keeps those of a login from the limits of others.
//
// prlimit(2) and setpriority(2) reach every process of the same user: from any module the broker, the zygote and other
// logins. A limit that was lowered stays so without privilege. No Landlock domain and no dumpable flag forbids that;
// only a filter of system calls does (seccomp(2)). fork(2) and execve(2) keep it, and nothing leaves it.
// Rejected: a user for each login, which takes root.
#include "CLinux.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>

static int usher_lower(int resource, rlim_t most) {
    struct rlimit limit;
    if (getrlimit(resource, &limit) < 0) return -1;
    if (limit.rlim_max > most) limit.rlim_max = most;
    if (limit.rlim_cur > most) limit.rlim_cur = most;
    return setrlimit(resource, &limit);
}

int usher_limit_data(uint64_t size) { return usher_lower(RLIMIT_DATA, size); }

int usher_limit_descriptors(unsigned most) { return usher_lower(RLIMIT_NOFILE, most); }

int usher_raise_descriptors(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return -1;
    limit.rlim_cur = limit.rlim_max;
    return setrlimit(RLIMIT_NOFILE, &limit);
}

// The numbers and registers of another architecture are other ones: its calls are all refused.
#if defined(__x86_64__)
enum { USHER_ARCHITECTURE = (int)AUDIT_ARCH_X86_64 };
#elif defined(__aarch64__)
enum { USHER_ARCHITECTURE = (int)AUDIT_ARCH_AARCH64 };
#else
#error "The filter of system calls does not know this architecture."
#endif
// From this number on x86-64 has the calls of x32 (__X32_SYSCALL_BIT). No other architecture has such numbers.
enum { USHER_FOREIGN_CALLS = 0x40000000 };

// Both architectures are little-endian. The kernel takes the lower half of an argument that is an int.
#define USHER_LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define USHER_LOAD_LOWER(number) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args) + 8 * (number))
#define USHER_LOAD_UPPER(number) \
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args) + 8 * (number) + 4)
// How many instructions to skip where the value is this one, and where it is another.
#define USHER_IF(value, then, otherwise) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)(value), then, otherwise)
#define USHER_ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define USHER_REFUSE BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)

int usher_keep_limits(void) {
    struct sock_filter code[] = {
        USHER_LOAD(arch),
        USHER_IF(USHER_ARCHITECTURE, 1, 0),
        USHER_REFUSE,
        USHER_LOAD(nr),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, USHER_FOREIGN_CALLS, 0, 1),
        USHER_REFUSE,
        // prlimit64(process, resource, new, old): of this process alone, whose mark can be read and not set.
        USHER_IF(SYS_prlimit64, 0, 12),
        USHER_LOAD_LOWER(0),
        USHER_IF(0, 1, 0),
        USHER_REFUSE,
        USHER_LOAD_LOWER(2),
        USHER_IF(0, 0, 3),
        USHER_LOAD_UPPER(2),
        USHER_IF(0, 0, 1),
        USHER_ALLOW,
        USHER_LOAD_LOWER(1),
        USHER_IF(RLIMIT_RTTIME, 0, 1),
        USHER_REFUSE,
        USHER_ALLOW,
        // setrlimit(resource, new): not of the mark.
        USHER_IF(SYS_setrlimit, 0, 4),
        USHER_LOAD_LOWER(0),
        USHER_IF(RLIMIT_RTTIME, 0, 1),
        USHER_REFUSE,
        USHER_ALLOW,
        // setpriority(which, who, niceness): of the thread that asks.
        USHER_IF(SYS_setpriority, 0, 5),
        USHER_LOAD_LOWER(0),
        USHER_IF(PRIO_PROCESS, 0, 2),
        USHER_LOAD_LOWER(1),
        USHER_IF(0, 1, 0),
        USHER_REFUSE,
        USHER_ALLOW,
    };
    struct sock_fprog program = {.len = sizeof code / sizeof *code, .filter = code};
    // The filter of the broker's unit lets prctl(2) through, and seccomp(2) not.
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}
