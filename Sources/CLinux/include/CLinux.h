// Parts of Linux that Swift cannot use: GNU declarations (Glibc's Swift module is built without _GNU_SOURCE), macros
// and control messages. A function returns its system call's result and leaves `errno` alone, unless its comment says
// else.
#ifndef USHER_CLINUX_H
#define USHER_CLINUX_H
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
// _GNU_SOURCE changes two types against Swift's own module of the C library, which is built without it. A build without
// a module cache then fails where both modules meet (Synchronization, Foundation). So both types are taken as Swift has
// them: fd_set with `__fds_bits`, and `__rusage_who` without RUSAGE_THREAD.
#include <features.h>
#undef __USE_XOPEN
#include <sys/select.h>
#define __USE_XOPEN 1
#undef __USE_GNU
#include <sys/resource.h>
#define __USE_GNU 1
#include <arpa/inet.h>
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <link.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <pwd.h>
#include <sched.h>
#include <semaphore.h>
#include <shadow.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

// The version of this build, such as "0.1.345". Package.swift hands it to C, because it cannot hand a text to Swift.
const char *usher_version(void);

// Columns that a Unicode scalar takes on a terminal (wcwidth(3) in the locale C.UTF-8); 0 for a mark that joins the
// character before it, 1 if the scalar does not print or the host lacks that locale.
int usher_columns(unsigned int scalar);
// Columns of the terminal behind a descriptor (ioctl(2), TIOCGWINSZ); 0 where it is none or does not say.
int usher_terminal_columns(int descriptor);

// Nanoseconds of a clock (clock_gettime(2)); the clocks named here cannot fail on Linux.
static inline int64_t usher_clock(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}
// Processor time of this process and of its children that it has waited for, in nanoseconds (getrusage(2)).
static inline int64_t usher_processor_time(void) {
    struct rusage children = {0};
    getrusage(RUSAGE_CHILDREN, &children);
    return usher_clock(CLOCK_PROCESS_CPUTIME_ID) +
           (int64_t)(children.ru_utime.tv_sec + children.ru_stime.tv_sec) * 1000000000 +
           (int64_t)(children.ru_utime.tv_usec + children.ru_stime.tv_usec) * 1000;
}
static inline int64_t usher_boottime(void) { return usher_clock(CLOCK_BOOTTIME); }
static inline int64_t usher_realtime(void) { return usher_clock(CLOCK_REALTIME); }

// errno(3), a macro that Swift does not import. Read it right after the call that failed.
static inline int usher_errno(void) { return errno; }

// Fills `size` bytes from getrandom(2), whatever their number. 0, or -1 where the kernel has no such call.
int usher_random(void *bytes, size_t size);

// explicit_bzero(3): zeroes what the compiler may not decide to leave.
static inline void usher_wipe(void *bytes, size_t size) { explicit_bzero(bytes, size); }

// socket(2) for AF_UNIX; `type` is SOCK_STREAM or SOCK_SEQPACKET. Close-on-exec, and non-blocking if asked.
int usher_unix_socket(int type, int nonblocking);
// socketpair(2), both ends close-on-exec; non-blocking if asked.
int usher_socketpair(int type, int nonblocking, int pair[2]);
// pipe2(2), both ends close-on-exec; reading does not block.
static inline int usher_pipe(int pair[2]) {
    if (pipe2(pair, O_CLOEXEC) < 0) return -1;
    return fcntl(pair[0], F_SETFL, O_NONBLOCK);
}
// bind(2) and connect(2) to a path; -1 and ENAMETOOLONG where it does not fit sockaddr_un.
int usher_bind(int socket, const char *path);
int usher_connect(int socket, const char *path);
// accept4(2) with SOCK_CLOEXEC | SOCK_NONBLOCK.
int usher_accept(int socket);

// setgroups(2), setresgid(2) and setresuid(2) of the calling thread alone, effective ids only: the C library's
// functions change every thread of the process (nptl(7), C library/kernel differences).
int usher_thread_groups(size_t count, const gid_t *groups);
int usher_thread_gid(gid_t gid);
int usher_thread_uid(uid_t uid);

// setresuid(2) of the real uid alone.
static inline int usher_set_real_uid(uid_t uid) { return setresuid(uid, (uid_t)-1, (uid_t)-1); }

// SO_PEERCRED of unix(7): who connected (or, seen from a client, who listened).
int usher_peer_credentials(int socket, uid_t *uid, gid_t *gid, pid_t *pid);
// SO_PEERGROUPS: the peer's supplementary groups. Returns their number, at most `capacity`; -1 and ERANGE beyond it.
int usher_peer_groups(int socket, gid_t *groups, int capacity);

// sendmsg(2) of one buffer with MSG_NOSIGNAL | MSG_DONTWAIT; `descriptor` rides along (SCM_RIGHTS) unless it is -1.
ssize_t usher_send(int socket, const void *bytes, size_t size, int descriptor);
// recvmsg(2) of one buffer with MSG_CMSG_CLOEXEC, from a peer that may pass a descriptor; MSG_DONTWAIT if asked. A
// descriptor that comes along is stored in `*descriptor` (else -1); further ones go to `usher_close_apart`. -1 and
// EMSGSIZE for a datagram that does not fit.
ssize_t usher_receive(int socket, void *bytes, size_t size, int nonblocking, int *descriptor);

// Descriptors that the kernel lets through with one message (SCM_MAX_FD).
#define USHER_PASSED_MOST 253
// Makes the kernel refuse descriptors that are passed to `socket` (SO_PASSRIGHTS, Linux 6.16) or, if it listens, to
// connections that are made to it from now on. 1 if the kernel does so; 0 on an older kernel.
int usher_refuse_descriptors(int socket);
// Whether the kernel has refused descriptors since `socket`, an accepted one, was connected.
int usher_has_refused_descriptors(int socket);
// This process goes on as on a kernel without SO_PASSRIGHTS. For tests; called before any of the others.
void usher_ignore_passrights(void);
// Makes urgent data (MSG_OOB) part of the stream (SO_OOBINLINE). Otherwise the kernel would drop it, and close the
// descriptors that were passed with it.
void usher_keep_urgent(int socket);
// recv(2) that never takes a descriptor. If a descriptor waits with the bytes, nothing is taken and the result is -1
// and EBADMSG. A datagram that does not fit stays too: -1 and EMSGSIZE. 0 is the end of a stream, or an empty datagram.
ssize_t usher_receive_bytes(int socket, void *bytes, size_t size, int flags);
// The same, in one system call, of a socket for which the kernel refuses descriptors.
ssize_t usher_receive_refusing(int socket, void *bytes, size_t size, int flags);
// Shuts a connection down (shutdown(2)) and takes its unread bytes. 1 if nothing is left, so that close(2) does not
// wait; 0 if a descriptor may be left.
int usher_drain(int socket);
// _Fork(3) of a process with one thread. The child has a copy of each descriptor, waits, and ends with its parent.
pid_t usher_fork_owner(void);
// close(2) of at most USHER_PASSED_MOST descriptors in a separate thread. If no thread starts, they stay open.
void usher_close_apart(const int *numbers, int count);

// The name in an event of inotify(7), which is a flexible array; empty for one about the watched directory itself.
static inline const char *usher_inotify_name(const struct inotify_event *event) {
    return event->len > 0 ? event->name : "";
}

static inline int usher_memfd(const char *name) { return memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING); }
// mmap(2) of a whole memfd, shared; NULL where it fails.
static inline void *usher_map(int memfd, size_t size, int writable) {
    void *base = mmap(NULL, size, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, memfd, 0);
    return base == MAP_FAILED ? NULL : base;
}
// A robust, process-shared mutex (pthread_mutexattr_setrobust(3)) in shared memory says who owns it. `usher_owner_make`
// writes a free one; `usher_owner_take` takes it: 0, EBUSY while its owner lives, EINVAL where it is no such mutex.
void usher_owner_make(void *mutex);
int usher_owner_take(void *mutex);
static inline void usher_owner_release(void *mutex) { pthread_mutex_unlock(mutex); }
static inline int usher_add_seals(int memfd, int seals) { return fcntl(memfd, F_ADD_SEALS, seals); }
static inline int usher_get_seals(int memfd) { return fcntl(memfd, F_GET_SEALS); }
static inline int usher_set_nonblocking(int fd) { return fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK); }
static inline int usher_set_blocking(int fd) { return fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK); }
// SO_RCVTIMEO of socket(7): after so many milliseconds without a message, receiving fails with EAGAIN.
static inline int usher_set_send_buffer(int fd, int size) {
    return setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
}
static inline int usher_set_receive_timeout(int fd, int milliseconds) {
    struct timeval time = {.tv_sec = milliseconds / 1000, .tv_usec = milliseconds % 1000 * 1000};
    return setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
}
// dup3(2) with O_CLOEXEC: `number` becomes a copy of `fd`.
static inline int usher_replace(int number, int fd) { return dup3(fd, number, O_CLOEXEC); }
static inline int usher_set_cloexec(int fd, int on) { return fcntl(fd, F_SETFD, on ? FD_CLOEXEC : 0); }
static inline int usher_open(const char *path, int flags, mode_t mode) { return open(path, flags | O_CLOEXEC, mode); }
static inline int usher_openat(int directory, const char *path, int flags, mode_t mode) {
    return openat(directory, path, flags | O_CLOEXEC, mode);
}

// stat(2): whether `name` in that directory is a regular file.
int usher_is_file(const char *directory, const char *name);

// nice(2), whose -1 may be a niceness: 0, or -1 with errno set.
static inline int usher_nice(int more) {
    errno = 0;
    return nice(more) == -1 && errno != 0 ? -1 : 0;
}

// stat(2): whether both paths lead to one file.
int usher_is_same_file(const char *one, const char *other);

// setrlimit(2) of RLIMIT_CORE to zero: no core of this process or its children.
static inline int usher_forbid_cores(void) {
    struct rlimit none = {0, 0};
    return setrlimit(RLIMIT_CORE, &none);
}

// Marks a process, and all that it starts from now on, as a login's: 0, or -1 and errno. `login` is below 2^62.
int usher_mark_login(pid_t process, uint64_t login);
// Stores the login of a process or thread; -1 if it has no mark, or belongs to another user.
int usher_login_of(pid_t task, uint64_t *login);

// How far a Landlock domain keeps this process and its descendants from processes outside: not at all; they read and
// write no memory there (Linux 5.13); they send no signals there either (Linux 6.12).
enum { USHER_SEPARATES_NOTHING = 0, USHER_SEPARATES_MEMORY = 1, USHER_SEPARATES_SIGNALS = 2 };
// Enters a domain of that level, for good: 0, or -1 and errno. Takes PR_SET_NO_NEW_PRIVS or CAP_SYS_ADMIN.
int usher_separate(int level);
// The highest level up to `most` that this process could enter, as a child tries; errno says why it is none.
int usher_separation(int most);

// setrlimit(2): lowers RLIMIT_DATA, private memory that can be written, to at most `size` bytes, hard and soft.
int usher_limit_data(uint64_t size);
// The same for RLIMIT_NOFILE, descriptors.
int usher_limit_descriptors(unsigned most);
// Raises the soft limit of descriptors to the hard one.
int usher_raise_descriptors(void);
// From now on this process and its descendants change the limits and the niceness of no other process, and not the
// limit by which `usher_mark_login` marks them: EPERM. 0, or -1 and errno. Takes PR_SET_NO_NEW_PRIVS or CAP_SYS_ADMIN.
int usher_keep_limits(void);

// prctl(2), which is variadic.
static inline int usher_set_dumpable(int on) { return prctl(PR_SET_DUMPABLE, on, 0, 0, 0); }
static inline int usher_set_parent_death_signal(int signal) { return prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0); }
static inline int usher_set_name(const char *name) { return prctl(PR_SET_NAME, name, 0, 0, 0); }
static inline int usher_set_no_new_privileges(void) { return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); }
static inline int usher_set_child_subreaper(int on) { return prctl(PR_SET_CHILD_SUBREAPER, on, 0, 0, 0); }

// pidfd_open(2) and pidfd_send_signal(2), which glibc 2.36 declares apart from the rest.
static inline int usher_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }
static inline int usher_pidfd_signal(int pidfd, int signal) {
    return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, 0, 0);
}
// fork(2) of a process with one thread, whose child becomes its sibling: clone(2) with CLONE_PARENT. Their parent waits
// for the child as it waits for this process. No handlers of pthread_atfork(3) run.
pid_t usher_fork_sibling(void);
// The result of getpwnam_r(3) for a name.
struct usher_account {
    // The account's own name, of up to 256 bytes.
    char name[257];
    uid_t uid;
    gid_t gid;
    // Password, directory and shell, a NUL behind each; `size` bytes in all, 0 where they are longer than fits.
    char texts[1024];
    size_t size;
};
// Finds the account of `name`, which has up to 256 bytes, by getpwnam_r(3): 1, or 0 if there is none. -1 and errno if
// the database fails, ETIMEDOUT if it does not answer in time. The thread that asks is then left behind, so that this
// is for a process that serves one login.
int usher_find_account(const char *name, struct usher_account *account, int milliseconds);
// Exit status or signal of a child, from what waitid(2) says of it; `si_status` is a macro.
static inline int usher_child_status(const siginfo_t *information) { return information->si_status; }
// signal(2) with SIG_IGN, which is a cast.
static inline void usher_ignore_signal(int number) { signal(number, SIG_IGN); }
// For posix_spawn(3): the child starts with no signal blocked and none ignored or handled; `flags` are added.
static inline void usher_spawn_resets(posix_spawnattr_t *attributes, short flags) {
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    posix_spawnattr_setsigdefault(attributes, &all);
    posix_spawnattr_setsigmask(attributes, &none);
    posix_spawnattr_setflags(attributes, (short)(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | flags));
}

#endif
