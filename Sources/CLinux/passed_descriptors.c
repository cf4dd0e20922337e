// Descriptors that a peer passes (SCM_RIGHTS of unix(7)), kept out of this process.
//
// Closing a descriptor may wait for as long as the process that opened it likes: a TCP socket with SO_LINGER and unsent
// data, a file of a FUSE server, whose close(2) waits for that server and cannot even be killed. The kernel closes the
// descriptors that recv(2) discards in the process that calls recv(2), and the descriptors in a socket's queue in the
// process that closes the socket. So a process that must not wait neither receives such bytes nor closes such a socket.
// It looks (MSG_PEEK), which takes nothing, and makes a child that is killed the last owner of the socket. In an
// exiting process the kernel does not linger (PF_EXITING), and no descriptor was installed in a table, whose close(2)
// would call the file's `flush`.
// Rejected: a control buffer for SCM_MAX_FD descriptors. It installs them here, where they must be closed again, and at
// RLIMIT_NOFILE the kernel discards the rest after all.
#include "CLinux.h"

// Linux 6.5 and 6.16; the C library's headers are older.
enum { USHER_SO_PASSPIDFD = 76, USHER_SO_PASSRIGHTS = 83 };

static int ignores_passrights;

void usher_ignore_passrights(void) { ignores_passrights = 1; }

static int usher_set(int socket, int option, int value) {
    return setsockopt(socket, SOL_SOCKET, option, &value, sizeof value);
}

void usher_keep_urgent(int socket) { usher_set(socket, SO_OOBINLINE, 1); }

int usher_refuse_descriptors(int socket) {
    // Other control messages would raise MSG_CTRUNC as descriptors do.
    usher_set(socket, SO_PASSCRED, 0);
    usher_set(socket, SO_PASSSEC, 0);
    usher_set(socket, USHER_SO_PASSPIDFD, 0);
    usher_keep_urgent(socket);
    return usher_set(socket, USHER_SO_PASSRIGHTS, ignores_passrights) == 0 && !ignores_passrights;
}

int usher_has_refused_descriptors(int socket) {
    int passes = 1;
    socklen_t size = sizeof passes;
    if (ignores_passrights) return 0;
    return getsockopt(socket, SOL_SOCKET, USHER_SO_PASSRIGHTS, &passes, &size) == 0 && !passes;
}

static ssize_t usher_look(int socket, void *bytes, size_t size, int flags, int *seen) {
    struct iovec part = {.iov_base = bytes, .iov_len = size};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    ssize_t got = recvmsg(socket, &message, flags | MSG_PEEK);
    *seen = message.msg_flags;
    return got;
}

ssize_t usher_receive_bytes(int socket, void *bytes, size_t size, int flags) {
    int seen = 0;
    ssize_t got = usher_look(socket, bytes, size, flags, &seen);
    if (got < 0) return got;
    if (seen & (MSG_CTRUNC | MSG_TRUNC)) {
        errno = seen & MSG_CTRUNC ? EBADMSG : EMSGSIZE;
        return -1;
    }
    // A descriptor that comes later comes behind these bytes.
    return got == 0 ? 0 : recv(socket, bytes, (size_t)got, flags);
}

ssize_t usher_receive_refusing(int socket, void *bytes, size_t size, int flags) {
    ssize_t got = recv(socket, bytes, size, flags | MSG_TRUNC);
    if (got <= (ssize_t)size) return got;
    errno = EMSGSIZE;
    return -1;
}

// Whether there is a datagram, which may be empty: with SO_PASSCRED each one has a control message.
static int usher_has_datagram(int socket) {
    int type = 0, seen = 0;
    socklen_t size = sizeof type;
    char byte;
    if (getsockopt(socket, SOL_SOCKET, SO_TYPE, &type, &size) < 0) return 1;
    if (type == SOCK_STREAM) return 0;
    usher_set(socket, SO_PASSCRED, 1);
    return usher_look(socket, &byte, 1, MSG_DONTWAIT, &seen) < 0 || seen & MSG_CTRUNC;
}

int usher_drain(int socket) {
    // A peer can queue some 208 KiB (net.core.wmem_default). A socket with more than 512 KiB is left to be closed
    // apart.
    enum { rounds = 128 };
    char part[4096];
    ssize_t got = 1;
    shutdown(socket, SHUT_RDWR);
    for (int round = 0; got > 0 && round < rounds; round++) {
        got = usher_receive_bytes(socket, part, sizeof part, MSG_DONTWAIT);
        // The peer has gone without reading all. For datagrams this error comes before the datagrams that wait here.
        if (got < 0 && errno == ECONNRESET) got = 1;
    }
    usher_wipe(part, sizeof part);
    // Nobody can have written to what is not connected.
    if (got < 0) return errno == EINVAL || errno == ENOTCONN || errno == ENOTSOCK;
    return got == 0 && !usher_has_datagram(socket);
}

pid_t usher_fork_owner(void) {
    pid_t parent = getpid();
    pid_t child = _Fork();
    if (child != 0) return child;
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    while (getppid() == parent) pause();
    _exit(0);
}

struct usher_doomed {
    int count;
    int numbers[USHER_PASSED_MOST];
};

static void *usher_close_all(void *context) {
    struct usher_doomed *doomed = context;
    for (int i = 0; i < doomed->count; i++) close(doomed->numbers[i]);
    free(doomed);
    return NULL;
}

void usher_close_apart(const int *numbers, int count) {
    struct usher_doomed *doomed = malloc(sizeof *doomed);
    if (!doomed) return;
    doomed->count = count;
    memcpy(doomed->numbers, numbers, sizeof *numbers * (size_t)count);
    pthread_attr_t attributes;
    pthread_t thread;
    sigset_t all, before;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    if (pthread_create(&thread, &attributes, usher_close_all, doomed) != 0) free(doomed);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
}
