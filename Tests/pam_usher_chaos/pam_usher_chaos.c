// Misbehaviour on demand. Arguments are done in their order, in the authentication phase:
//   prompts=N     N rounds of one secret prompt; stops at the first that fails
//   stubborn=N    the same, but asks on after failures
//   batch=N       one round of N messages: info, secret and visible in turn
//   info=TEXT     one info message with resp == NULL;   ctrl  a message of control bytes, broken UTF-8 and 4 KiB
//   radio, binary a message of a style that needs another client
//   setuser=NAME  sets PAM_USER;   delay=USEC  pam_fail_delay
//   hang          never returns;   stubbornhang  the same, with SIGTERM ignored
//   ret=N         returns N at once
//   segv, abort, exit=N, stdout, closefds, environment (umask, variables, signals, directory)
//   fork          leaves a child in the process group that keeps all descriptors
//   leak          keeps 4 MiB and 100 descriptors;   thread  leaves a thread that runs on
//   exhaust       takes memory until there is no more, then PAM_BUF_ERR; PAM_SUCCESS where it got 4 GiB
//   pass=N        passes N descriptors whose close(2) waits for 8 s on the worker's channel, each with a byte
//   garbage       sends what is no report on the worker's channel
//   bomb          makes processes in sessions of their own, which do the same, as long as it can
//   setsid=PATH   leaves a child in a session of its own, which writes its pid to PATH and hangs
//   peek=PATH     PAM_SUCCESS where the memory of the process whose number stands in PATH can be read, else PAM_PERM_DENIED
//   strike=PATH   PAM_SUCCESS where that process may be sent a signal, else PAM_PERM_DENIED
//   lower=PATH    PAM_SUCCESS where that process' limits of descriptors or processes can be lowered, else PAM_PERM_DENIED
//   renice=PATH   PAM_SUCCESS where that process, its group or its user can be given another niceness, else PAM_PERM_DENIED
//   unmark        PAM_SUCCESS where this process can lower the limit that marks its login, else PAM_PERM_DENIED
//   own           lowers limits and priority of this process, which any module may; PAM_SYSTEM_ERR on failure
//   flight=N      leaves N messages with 250 descriptors each unread in a socket of its own, or as many as it can
//   move=PATH     moves a file from /tmp to PATH, which names one of another directory, then deletes it; PAM_SYSTEM_ERR on failure
//   account=N     what the account phase returns;   accountasks=N  it shows a text and asks N times before that
//   change=N      prompts for N new passwords in the change phase
//   setcred=N     what pam_setcred returns
#define _GNU_SOURCE 1
#include "pam_usher_chaos.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <security/pam_appl.h>
#include <security/pam_ext.h>
#include <security/pam_modules.h>

enum { ROUND = PAM_MAX_NUM_MSG };

static const char *value(const char *argument, const char *name) {
    size_t length = strlen(name);
    if (strncmp(argument, name, length) != 0) return NULL;
    return argument[length] == '=' ? argument + length + 1 : argument[length] == 0 ? argument + length : NULL;
}

static int converse(pam_handle_t *handle, int count, const struct pam_message *messages, struct pam_response **answers) {
    const struct pam_conv *conversation = NULL;
    const struct pam_message *list[ROUND];
    for (int i = 0; i < count && i < ROUND; i++) list[i] = &messages[i];
    if (pam_get_item(handle, PAM_CONV, (const void **)&conversation) != PAM_SUCCESS) return PAM_CONV_ERR;
    return conversation->conv(count, list, answers, conversation->appdata_ptr);
}

static int one(pam_handle_t *handle, int style, const char *text) {
    struct pam_message message = {.msg_style = style, .msg = text};
    struct pam_response *answers = NULL;
    int code = converse(handle, 1, &message, &answers);
    if (answers) free(answers->resp);
    free(answers);
    return code;
}

static int prompts(pam_handle_t *handle, int count, int stubborn) {
    int code = PAM_SUCCESS;
    for (int i = 0; i < count; i++) {
        code = one(handle, PAM_PROMPT_ECHO_OFF, "More: ");
        if (code != PAM_SUCCESS && !stubborn) return code;
    }
    return code;
}

static int batch(pam_handle_t *handle, int count) {
    static const int styles[] = {PAM_TEXT_INFO, PAM_PROMPT_ECHO_OFF, PAM_PROMPT_ECHO_ON};
    struct pam_message messages[ROUND] = {0};
    struct pam_response *answers = NULL;
    for (int i = 0; i < count && i < ROUND; i++) messages[i] = (struct pam_message){styles[i % 3], "Line "};
    int code = converse(handle, count, messages, &answers);
    for (int i = 0; answers && i < count; i++) {
        // Every question has an answer, no text has one.
        if ((styles[i % 3] == PAM_TEXT_INFO) != (answers[i].resp == NULL)) code = PAM_AUTH_ERR;
        free(answers[i].resp);
    }
    free(answers);
    return code;
}

static int dirty(pam_handle_t *handle) {
    char text[4096];
    memset(text, 'x', sizeof text);
    memcpy(text, "a\x1b[31m\xff\x07\nb", 10);
    text[sizeof text - 1] = 0;
    return one(handle, PAM_PROMPT_ECHO_ON, text);
}

static void linger(void) {
    for (;;) pause();
}

static void leave_child(void) {
    if (fork() == 0) linger();
}

static void bomb(void) {
    for (;;) {
        if (fork() == 0) setsid();
        usleep(1000);
    }
}

static void leave_session(const char *path) {
    int ready[2];
    char byte;
    if (pipe(ready) < 0) return;
    if (fork() == 0) {
        setsid();
        signal(SIGTERM, SIG_IGN);
        FILE *file = fopen(path, "w");
        if (file) fprintf(file, "%d\n", getpid()), fclose(file);
        if (write(ready[1], "", 1) < 0) _exit(1);
        linger();
    }
    if (read(ready[0], &byte, 1) < 0) return;
    close(ready[0]), close(ready[1]);
}

static void spoil_environment(void) {
    umask(0);
    setenv("PATH", "/nowhere", 1);
    setlocale(LC_ALL, "C");
    for (int number = 1; number < 32; number++) signal(number, SIG_IGN);
    if (chdir("/tmp") < 0) abort();
}

static void leak(void) {
    memset(malloc(4 << 20), 1, 4 << 20);
    for (int i = 0; i < 100; i++) (void)!open("/dev/null", O_RDONLY);
}

static int exhaust(void) {
    const size_t size = 32 << 20;
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE;
    for (size_t taken = 0; taken < (size_t)4 << 30; taken += size)
        if (mmap(NULL, size, PROT_READ | PROT_WRITE, flags, -1, 0) == MAP_FAILED) return PAM_BUF_ERR;
    return PAM_SUCCESS;
}

static void *run_on(void *nothing) {
    for (volatile unsigned long i = 0;; i++) {}
    return nothing;
}

static void leave_thread(void) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, run_on, NULL) == 0) pthread_detach(thread);
}

// A TCP connection with SO_LINGER and data that nobody reads; the far end is left open.
static int lingering(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct linger time = {1, 8};
    socklen_t size = sizeof address;
    static const char bytes[65536];
    int listener = socket(AF_INET, SOCK_STREAM, 0), near = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&address, size) < 0 || listen(listener, 1) < 0) return -1;
    if (getsockname(listener, (struct sockaddr *)&address, &size) < 0) return -1;
    if (connect(near, (struct sockaddr *)&address, size) < 0 || accept(listener, NULL, NULL) < 0) return -1;
    while (send(near, bytes, sizeof bytes, MSG_DONTWAIT) > 0) {}
    setsockopt(near, SOL_SOCKET, SO_LINGER, &time, sizeof time);
    close(listener);
    return near;
}

static void pass(int count) {
    char byte = 0;
    struct iovec part = {&byte, 1};
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = {.header = {CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS}};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    for (int i = 0; i < count; i++) {
        int near = lingering();
        memcpy(CMSG_DATA(&control.header), &near, sizeof near);
        struct linger none = {0, 0};
        if (sendmsg(3, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
            setsockopt(near, SOL_SOCKET, SO_LINGER, &none, sizeof none);
        close(near);
    }
}

static long process_in(const char *path) {
    FILE *file = fopen(path, "r");
    long number = 0;
    if (!file) return 0;
    if (fscanf(file, "%ld", &number) != 1) number = 0;
    fclose(file);
    return number;
}

static int peek(const char *path) {
    char memory[64];
    snprintf(memory, sizeof memory, "/proc/%ld/mem", process_in(path));
    int file = open(memory, O_RDWR);
    if (file < 0) return errno == EACCES || errno == EPERM ? PAM_PERM_DENIED : PAM_SYSTEM_ERR;
    close(file);
    return PAM_SUCCESS;
}

static int strike(const char *path) {
    long process = process_in(path);
    if (process <= 1) return PAM_SYSTEM_ERR;
    if (kill((pid_t)process, 0) == 0) return PAM_SUCCESS;
    return errno == EPERM ? PAM_PERM_DENIED : PAM_SYSTEM_ERR;
}

static int lower(const char *path) {
    const struct rlimit few = {8, 8};
    pid_t process = (pid_t)process_in(path);
    if (process <= 1) return PAM_SYSTEM_ERR;
    int descriptors = prlimit(process, RLIMIT_NOFILE, &few, NULL), processes = prlimit(process, RLIMIT_NPROC, &few, NULL);
    return descriptors == 0 || processes == 0 ? PAM_SUCCESS : errno == EPERM ? PAM_PERM_DENIED : PAM_SYSTEM_ERR;
}

static int renice(const char *path) {
    pid_t process = (pid_t)process_in(path);
    if (process <= 1) return PAM_SYSTEM_ERR;
    if (setpriority(PRIO_PROCESS, (id_t)process, 19) == 0) return PAM_SUCCESS;
    if (setpriority(PRIO_PGRP, (id_t)process, 19) == 0) return PAM_SUCCESS;
    // A user without processes: ESRCH where the call is allowed.
    if (setpriority(PRIO_USER, 65533, 19) == 0 || errno != EPERM) return PAM_SUCCESS;
    return PAM_PERM_DENIED;
}

static int unmark(void) {
    const struct rlimit none = {1, 1};
    if (syscall(SYS_setrlimit, RLIMIT_RTTIME, &none) == 0) return PAM_SUCCESS;
    if (prlimit(0, RLIMIT_RTTIME, &none, NULL) == 0) return PAM_SUCCESS;
    if (prlimit(getpid(), RLIMIT_RTTIME, &none, NULL) == 0) return PAM_SUCCESS;
    // The same call by the numbers of x32, where the kernel has those.
    if (syscall(0x40000000L | SYS_prlimit64, 0, RLIMIT_RTTIME, &none, NULL) == 0) return PAM_SUCCESS;
    return PAM_PERM_DENIED;
}

static int lower_own(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_RTTIME, &limit) < 0 || getrlimit(RLIMIT_NOFILE, &limit) < 0) return PAM_SYSTEM_ERR;
    limit.rlim_cur = 64;
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0 || setpriority(PRIO_PROCESS, 0, 19) < 0) return PAM_SYSTEM_ERR;
    return PAM_SUCCESS;
}

static void leave_in_flight(int count) {
    enum { MOST = 250 };
    int pair[2];
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int) * MOST)];
    } control = {.header = {CMSG_LEN(sizeof(int) * MOST), SOL_SOCKET, SCM_RIGHTS}};
    char byte = 0;
    struct iovec part = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    int file = open("/dev/null", O_RDONLY);
    if (file < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0) return;
    int *files = (int *)CMSG_DATA(&control.header);
    for (int i = 0; i < MOST; i++) files[i] = file;
    for (int i = 0; i < count; i++)
        if (sendmsg(pair[0], &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) return;
}

static int move(const char *path) {
    char from[] = "/tmp/usher-chaos-XXXXXX";
    int file = mkstemp(from);
    if (file < 0) return PAM_SYSTEM_ERR;
    close(file);
    int code = rename(from, path) == 0 ? PAM_SUCCESS : PAM_SYSTEM_ERR;
    unlink(code == PAM_SUCCESS ? path : from);
    return code;
}

// What ends the process or never returns.
static void break_down(const char *argument) {
    const char *status = value(argument, "exit");
    // A sanitizer handles it otherwise, and ends with a status.
    if (value(argument, "segv")) signal(SIGSEGV, SIG_DFL), raise(SIGSEGV);
    if (value(argument, "abort")) abort();
    if (status) exit(atoi(status));
    if (value(argument, "stubbornhang")) signal(SIGTERM, SIG_IGN);
    if (value(argument, "bomb")) bomb();
    if (value(argument, "hang") || value(argument, "stubbornhang")) linger();
}

// What changes the process and goes on.
static void misbehave(const char *argument) {
    const char *path = value(argument, "setsid");
    const char *passed = value(argument, "pass");
    const char *flight = value(argument, "flight");
    if (passed) pass(atoi(passed));
    if (flight) leave_in_flight(atoi(flight));
    if (value(argument, "garbage")) (void)!send(3, "\xff", 1, MSG_NOSIGNAL);
    if (value(argument, "stdout")) printf("success\n"), fflush(stdout);
    if (value(argument, "closefds")) close_range(0, 1023, 0);
    if (value(argument, "environment")) spoil_environment();
    if (value(argument, "fork")) leave_child();
    if (value(argument, "leak")) leak();
    if (value(argument, "thread")) leave_thread();
    if (path) leave_session(path);
}

static int talk(pam_handle_t *handle, const char *argument) {
    const char *of;
    if ((of = value(argument, "prompts"))) return prompts(handle, atoi(of), 0);
    if ((of = value(argument, "stubborn"))) return prompts(handle, atoi(of), 1);
    if ((of = value(argument, "batch"))) return batch(handle, atoi(of));
    if ((of = value(argument, "info"))) {
        struct pam_message message = {PAM_TEXT_INFO, of};
        return converse(handle, 1, &message, NULL);
    }
    if (value(argument, "ctrl")) return dirty(handle);
    if (value(argument, "radio")) return one(handle, PAM_RADIO_TYPE, "Pick one");
    if (value(argument, "binary")) return one(handle, PAM_BINARY_PROMPT, "\0\0\0\6\1x");
    if ((of = value(argument, "setuser"))) return pam_set_item(handle, PAM_USER, of);
    if ((of = value(argument, "delay"))) return pam_fail_delay(handle, (unsigned)atoi(of));
    if ((of = value(argument, "ret"))) return atoi(of);
    if (value(argument, "exhaust")) return exhaust();
    if ((of = value(argument, "peek"))) return peek(of);
    if ((of = value(argument, "strike"))) return strike(of);
    if ((of = value(argument, "lower"))) return lower(of);
    if ((of = value(argument, "renice"))) return renice(of);
    if (value(argument, "unmark")) return unmark();
    if (value(argument, "own")) return lower_own();
    if ((of = value(argument, "move"))) return move(of);
    return PAM_SUCCESS;
}

int pam_sm_authenticate(pam_handle_t *handle, int flags, int argc, const char **argv) {
    (void)flags;
    for (int i = 0; i < argc; i++) {
        break_down(argv[i]);
        misbehave(argv[i]);
        int code = talk(handle, argv[i]);
        if (code != PAM_SUCCESS) return code;
    }
    return PAM_SUCCESS;
}

static int number(int argc, const char **argv, const char *name) {
    for (int i = 0; i < argc; i++) {
        const char *of = value(argv[i], name);
        if (of) return atoi(of);
    }
    return 0;
}

int pam_sm_acct_mgmt(pam_handle_t *handle, int flags, int argc, const char **argv) {
    (void)flags;
    int asks = number(argc, argv, "accountasks");
    if (asks > 0) one(handle, PAM_TEXT_INFO, "account");
    int code = asks > 0 ? prompts(handle, asks, 0) : PAM_SUCCESS;
    return code != PAM_SUCCESS ? code : number(argc, argv, "account");
}

int pam_sm_chauthtok(pam_handle_t *handle, int flags, int argc, const char **argv) {
    if (flags & PAM_PRELIM_CHECK) return PAM_SUCCESS;
    if (!(flags & PAM_CHANGE_EXPIRED_AUTHTOK)) return PAM_AUTHTOK_ERR;
    return prompts(handle, number(argc, argv, "change"), 0);
}

int pam_sm_setcred(pam_handle_t *handle, int flags, int argc, const char **argv) {
    (void)handle;
    return flags & PAM_ESTABLISH_CRED ? number(argc, argv, "setcred") : PAM_SUCCESS;
}
