/*
 * A daemon on epoll(7) that works for a person as long as their session lasts, in one thread, and never blocks.
 * cc epoll_daemon.c $(pkg-config --cflags --libs usher) && ./a.out USER PASSWORD
 * USHER_DEVELOPMENT is the directory of a `usherd --dev`, if it is one. The password would come from the person.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <usher.h>

static char token[USHER_TOKEN_SIZE];
static int asking;

static void fail(const usher_result *result) {
    fprintf(stderr, "%s\n", usher_result_error(result)->text);
    exit(1);
}

/* The login has succeeded, failed, or asks further questions, which this daemon has nobody to put to. */
static void logged_in(usher_result *result, void *data) {
    (void)data;
    if (usher_result_error(result)) fail(result);
    if (!usher_result_token(result)) exit(1);
    strcpy(token, usher_result_token(result));
    printf("token %s\n", token);
    usher_result_free(result);
}

/* The daemon has said whether the token is valid; from now on memory can tell. If it cannot tell now, that is no end. */
static void validated(usher_result *result, void *data) {
    (void)data;
    asking = 0;
    const usher_error *error = usher_result_error(result);
    if (error && error->number != USHER_UNAVAILABLE) fail(result);
    usher_session *session = usher_result_session(result);
    if (!error) printf(session ? "valid %s\n" : "revoked\n", session ? usher_session_info_of(session)->user : "");
    if (!error && !session) exit(0);
    usher_result_free(result);
}

/* A piece of work: only while the session holds. */
static void work(usher *client) {
    usher_session *session = *token ? usher_remembered(client, token, 1) : NULL;
    if (!session && *token && !asking)
        asking = usher_then(usher_call_validate(client, token, 1), validated, NULL) != 0;
    usher_session_free(session);
}

int main(int count, char **arguments) {
    if (count != 3) return 2;
    setvbuf(stdout, NULL, _IOLBF, 0);
    usher_options options = USHER_OPTIONS;
    options.development = getenv("USHER_DEVELOPMENT");
    options.own_loop = 1;
    usher *client = usher_open(&options);
    if (!client) return 1;
    usher_then(usher_call_login(client, arguments[1], arguments[2], strlen(arguments[2]), NULL, NULL, 0, 0), logged_in,
               NULL);
    int loop = epoll_create1(EPOLL_CLOEXEC), timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    const struct itimerspec tick = {{0, 10000000}, {0, 10000000}};
    timerfd_settime(timer, 0, &tick, NULL);
    struct epoll_event session = {EPOLLIN, {.fd = usher_fd(client)}}, time = {EPOLLIN, {.fd = timer}}, event;
    epoll_ctl(loop, EPOLL_CTL_ADD, session.data.fd, &session);
    epoll_ctl(loop, EPOLL_CTL_ADD, timer, &time);
    for (;;) {
        int ready = epoll_wait(loop, &event, 1, usher_deadline(client));
        if (ready == 1 && event.data.fd == timer) {
            uint64_t ticks;
            if (read(timer, &ticks, sizeof ticks) == sizeof ticks) work(client);
        } else {
            usher_process(client);
        }
    }
}
