/* The program's own event loop: calls that complete by functions, in the loop's thread alone, each once. */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>

#include "check.h"

static int calls_done, last_number;
static char token[USHER_TOKEN_SIZE];
static pthread_t loop_thread;

static void note(usher_result *result, void *data) {
    CHECK(pthread_equal(pthread_self(), loop_thread));
    calls_done++;
    last_number = number_of(result);
    if (data && usher_result_token(result)) strcpy(data, usher_result_token(result));
    usher_result_free(result);
}

/* Runs turns until as many calls are done. */
static void run(usher *client, int wanted) {
    for (int turn = 0; calls_done < wanted && turn < 3000; turn++) {
        struct pollfd wait = {usher_fd(client), POLLIN, 0};
        int due = usher_deadline(client);
        CHECK(poll(&wait, 1, due < 0 || due > 10000 ? 10000 : due) >= 0);
        CHECK(usher_process(client) == 1);
    }
    CHECK(calls_done == wanted);
}

static void calls(usher *client) {
    CHECK(fcntl(usher_fd(client), F_GETFD) & FD_CLOEXEC);
    int64_t number = usher_then(login_call(client, "ada", "correct horse"), note, token);
    CHECK(number > 0 && calls_done == 0);
    run(client, 1);
    CHECK(last_number == 0 && strlen(token) == USHER_TOKEN_SIZE - 1);
    CHECK(usher_cancel(client, number) == 0);
    CHECK(usher_then(usher_call_validate(client, token, 1), note, NULL) > 0);
    run(client, 2);
    usher_session *session = usher_remembered(client, token, 1);
    CHECK(session != NULL);
    usher_session_free(session);
    /* What cannot be sent, and what must not block. */
    CHECK(usher_then(usher_call_validate(client, "short", 1), note, NULL) > 0 && calls_done == 2);
    run(client, 3);
    CHECK(last_number == USHER_INVALID_ARGUMENT);
    CHECK(outcome(usher_call_ping(client)) == USHER_INVALID_ARGUMENT);
    CHECK(outcome(usher_call_validate(client, "short", 1)) == USHER_INVALID_ARGUMENT);
}

static void cancelled(usher *client) {
    calls_done = 0;
    int64_t number = usher_then(login_call(client, "ada", "correct horse"), note, NULL);
    CHECK(usher_cancel(client, number) == 1 && calls_done == 0);
    run(client, 1);
    CHECK(last_number == USHER_CANCELLED && usher_cancel(client, number) == 0);
}

static usher *nested;
static int rounds;

static void again(usher_result *result, void *data) {
    usher_result_free(result);
    calls_done++;
    CHECK(usher_process(nested) == 0);
    if (--rounds > 0) CHECK(usher_then(usher_call_ping(nested), again, data) > 0);
}

static void functions_that_call(usher *client) {
    calls_done = 0;
    nested = client;
    rounds = 50;
    CHECK(usher_then(usher_call_ping(client), again, NULL) > 0);
    run(client, 50);
}

static void *from_another_thread(void *client) {
    for (int index = 0; index < 100; index++) CHECK(usher_then(usher_call_ping(client), note, NULL) > 0);
    return NULL;
}

static void threads(usher *client) {
    pthread_t others[4];
    calls_done = 0;
    for (int index = 0; index < 4; index++) pthread_create(&others[index], NULL, from_another_thread, client);
    run(client, 400);
    for (int index = 0; index < 4; index++) pthread_join(others[index], NULL);
}

static void closing(usher_result *result, void *data) {
    (void)data;
    usher_result_free(result);
    calls_done++;
    usher_close(nested);
    CHECK(calls_done == 11);
}

static void closed_result(usher_result *result, void *data) {
    CHECK(number_of(result) == USHER_CLOSED);
    CHECK(usher_then(usher_call_ping(nested), closed_result, data) == 0);
    usher_result_free(result);
    calls_done++;
}

static void close_in_a_function(void) {
    usher_options options = development(1);
    options.socket_path = "/nonexistent/usher.sock";
    options.development = NULL;
    options.patience_ms = options.request_patience_ms = 600000;
    nested = usher_open(&options);
    calls_done = 0;
    /* The first cannot be sent, so that its function runs while the others wait for a daemon. */
    CHECK(usher_then(usher_call_validate(nested, "short", 1), closing, NULL) > 0);
    for (int index = 0; index < 10; index++) CHECK(usher_then(usher_call_ping(nested), closed_result, NULL) > 0);
    CHECK(usher_process(nested) == 1);
    CHECK(calls_done == 11);
}

static void close_another(usher_result *result, void *other) {
    usher_result_free(result);
    usher_close(other);
    calls_done++;
}

/* A function of one connection ends another, whose call then fails within it. */
static void close_another_in_a_function(void) {
    usher *client = opened(1), *other = opened(1);
    calls_done = 0;
    CHECK(usher_then(usher_call_ping(other), note, NULL) > 0);
    CHECK(usher_then(usher_call_ping(client), close_another, other) > 0);
    run(client, 2);
    CHECK(last_number == USHER_CLOSED);
    usher_close(client);
}

static void close_with_calls_under_way(void) {
    usher *client = opened(1);
    calls_done = 0;
    for (int index = 0; index < 20; index++) CHECK(usher_then(usher_call_ping(client), note, NULL) > 0);
    usher_close(client);
    CHECK(calls_done == 20 && last_number == USHER_CLOSED);
}

int main(void) {
    loop_thread = pthread_self();
    usher *client = opened(1);
    calls(client);
    cancelled(client);
    functions_that_call(client);
    threads(client);
    usher_close(client);
    close_in_a_function();
    close_another_in_a_function();
    close_with_calls_under_way();
    puts("loop: passed");
    return 0;
}
