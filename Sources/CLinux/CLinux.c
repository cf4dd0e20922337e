#include "CLinux.h"

const char *usher_version(void) { return USHER_VERSION; }

int usher_random(void *bytes, size_t size) {
    for (size_t done = 0; done < size;) {
        ssize_t got = getrandom((char *)bytes + done, size - done, 0);
        if (got < 0 && errno != EINTR) return -1;
        if (got > 0) done += (size_t)got;
    }
    return 0;
}

int usher_unix_socket(int type, int nonblocking) {
    return socket(AF_UNIX, type | SOCK_CLOEXEC | (nonblocking ? SOCK_NONBLOCK : 0), 0);
}

int usher_socketpair(int type, int nonblocking, int pair[2]) {
    return socketpair(AF_UNIX, type | SOCK_CLOEXEC | (nonblocking ? SOCK_NONBLOCK : 0), 0, pair);
}

static int usher_address(struct sockaddr_un *address, const char *path) {
    size_t length = strlen(path);
    if (length >= sizeof address->sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    memcpy(address->sun_path, path, length);
    return 0;
}

int usher_bind(int socket, const char *path) {
    struct sockaddr_un address;
    if (usher_address(&address, path) < 0) return -1;
    return bind(socket, (struct sockaddr *)&address, sizeof address);
}

int usher_connect(int socket, const char *path) {
    struct sockaddr_un address;
    if (usher_address(&address, path) < 0) return -1;
    return connect(socket, (struct sockaddr *)&address, sizeof address);
}

int usher_accept(int socket) { return accept4(socket, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK); }

int usher_peer_credentials(int socket, uid_t *uid, gid_t *gid, pid_t *pid) {
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0) return -1;
    *uid = peer.uid;
    *gid = peer.gid;
    *pid = peer.pid;
    return 0;
}

int usher_peer_groups(int socket, gid_t *groups, int capacity) {
    socklen_t size = (socklen_t)(sizeof *groups * (size_t)capacity);
    if (getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, groups, &size) < 0) return -1;
    return (int)(size / sizeof *groups);
}

// Room for as many as the kernel lets through at once, so that it closes none here.
union usher_control {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int) * USHER_PASSED_MOST)];
};

ssize_t usher_send(int socket, const void *bytes, size_t size, int descriptor) {
    struct iovec part = {.iov_base = (void *)bytes, .iov_len = size};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    union usher_control control;
    if (descriptor >= 0) {
        memset(&control, 0, sizeof control);
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(sizeof(int));
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(header), &descriptor, sizeof(int));
    }
    return sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void usher_take_descriptors(struct cmsghdr *header, int *descriptor) {
    int received[USHER_PASSED_MOST];
    int count = (int)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
    if (count < 1) return;
    memcpy(received, CMSG_DATA(header), sizeof(int) * (size_t)count);
    *descriptor = received[0];
    if (count > 1) usher_close_apart(received + 1, count - 1);
}

ssize_t usher_receive(int socket, void *bytes, size_t size, int nonblocking, int *descriptor) {
    struct iovec part = {.iov_base = bytes, .iov_len = size};
    union usher_control control;
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    *descriptor = -1;
    ssize_t got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | (nonblocking ? MSG_DONTWAIT : 0));
    if (got < 0) return got;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header))
        if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
            usher_take_descriptors(header, descriptor);
    if (message.msg_flags & MSG_TRUNC) {
        if (*descriptor >= 0) usher_close_apart(descriptor, 1);
        *descriptor = -1;
        errno = EMSGSIZE;
        return -1;
    }
    return got;
}

int usher_is_file(const char *directory, const char *name) {
    char path[PATH_MAX];
    int size = snprintf(path, sizeof path, "%s/%s", directory, name);
    struct stat status;
    return size > 0 && (size_t)size < sizeof path && stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

int usher_is_same_file(const char *one, const char *other) {
    struct stat first, second;
    return stat(one, &first) == 0 && stat(other, &second) == 0 && first.st_dev == second.st_dev &&
           first.st_ino == second.st_ino;
}

pid_t usher_fork_sibling(void) {
    // The C library keeps the thread's number in memory, and the kernel writes the child's number there. A kernel
    // without CONFIG_CHECKPOINT_RESTORE does not tell the address: the child's library then has the zygote's number.
    // Only a mutex that tells threads of several processes apart (robust, or shared and recursive) would name a wrong
    // owner by it; abort(3), fork(2) and new threads ask the kernel.
    int *tid = NULL;
    // As fork(2) of the C library does: the kernel forgets the robust list in the child, where it is empty and at the
    // same address.
    void *robust = NULL;
    size_t size = 0;
    if (syscall(SYS_get_robust_list, 0, &robust, &size) < 0) robust = NULL;
    unsigned long flags = CLONE_PARENT | SIGCHLD;
    if (prctl(PR_GET_TID_ADDRESS, &tid, 0, 0, 0) == 0 && tid) flags |= CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID;
#ifdef __x86_64__
    pid_t process = (pid_t)syscall(SYS_clone, flags, NULL, NULL, tid, 0);
#else
    pid_t process = (pid_t)syscall(SYS_clone, flags, NULL, NULL, 0, tid);
#endif
    if (process == 0 && robust) syscall(SYS_set_robust_list, robust, size);
    return process;
}

int usher_thread_groups(size_t count, const gid_t *groups) { return (int)syscall(SYS_setgroups, count, groups); }
int usher_thread_gid(gid_t gid) { return (int)syscall(SYS_setresgid, (gid_t)-1, gid, (gid_t)-1); }
int usher_thread_uid(uid_t uid) { return (int)syscall(SYS_setresuid, (uid_t)-1, uid, (uid_t)-1); }
