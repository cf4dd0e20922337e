/* Eight threads, fork(2) with and without execve(2), a daemon that is killed and started again, another one, a revocation. */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static usher *shared;
static char token[USHER_TOKEN_SIZE];

static void *validate(void *data) {
    (void)data;
    for (int index = 0; index < 3000; index++) {
        usher_session *session = usher_validate(shared, token, 1, NULL);
        CHECK(session != NULL && strcmp(usher_session_info_of(session)->user, "ada") == 0);
        usher_session_free(session);
        if (index % 500 == 0) CHECK(outcome(usher_call_ping(shared)) == 0);
    }
    return NULL;
}

static void eight_threads(void) {
    pthread_t threads[8];
    for (int index = 0; index < 8; index++) CHECK(pthread_create(&threads[index], NULL, validate, NULL) == 0);
    for (int index = 0; index < 8; index++) pthread_join(threads[index], NULL);
}

static void wait_for(pid_t child) {
    int status;
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void children(char *program) {
    pid_t child = fork();
    if (child == 0) {
        CHECK(usher_remembered(shared, token, 1) == NULL);
        CHECK(is_valid(shared, token) && is_valid(shared, token));
        usher_close(shared);
        _exit(0);
    }
    CHECK(is_valid(shared, token));
    wait_for(child);
    CHECK(is_valid(shared, token) && outcome(usher_call_ping(shared)) == 0);
    child = fork();
    if (child == 0) {
        setenv("TOKEN", token, 1);
        execl(program, program, "child", (char *)NULL);
        _exit(1);
    }
    wait_for(child);
}

/* With its own loop: the child's descriptor is another one, and the parent's calls stay the parent's. */
static void answered(usher_result *result, void *data) {
    CHECK(number_of(result) == 0);
    usher_result_free(result);
    ++*(int *)data;
}

static void turns(usher *client, const int *answers) {
    for (int turn = 0; *answers == 0 && turn < 5000; turn++) {
        usher_process(client);
        usleep(2000);
    }
    CHECK(*answers == 1);
}

static void own_loop_in_a_child(void) {
    usher *client = opened(1);
    int answers = 0;
    CHECK(usher_then(usher_call_ping(client), answered, &answers) > 0);
    pid_t child = fork();
    if (child == 0) {
        CHECK(usher_fd(client) >= 0);
        CHECK(usher_then(usher_call_ping(client), answered, &answers) > 0);
        turns(client, &answers);
        _exit(0);
    }
    turns(client, &answers);
    wait_for(child);
    usher_close(client);
}

static usher *forking;

/* A child that is forked within a function has a loop of its own, in which no function is running. */
static void fork_and_ask(usher_result *result, void *data) {
    usher_result_free(result);
    pid_t child = fork();
    if (child == 0) {
        int answers = 0;
        CHECK(usher_then(usher_call_ping(forking), answered, &answers) > 0);
        turns(forking, &answers);
        usher_close(forking);
        _exit(0);
    }
    wait_for(child);
    ++*(int *)data;
}

static void forked_within_a_function(void) {
    forking = opened(1);
    int answers = 0;
    CHECK(usher_then(usher_call_ping(forking), fork_and_ask, &answers) > 0);
    turns(forking, &answers);
    answers = 0;
    CHECK(usher_then(usher_call_ping(forking), answered, &answers) > 0);
    turns(forking, &answers);
    usher_close(forking);
}

/* The next event is a session that was made: nothing was missed before it. */
static void next_is_created(usher_events *events) {
    char other[USHER_TOKEN_SIZE];
    usher_result *failure = NULL;
    const usher_event *event = NULL;
    for (int turn = 0; event == NULL && turn < 600; turn++) {
        if (turn % 20 == 10) log_in(shared, other);
        event = usher_events_next(events, &failure);
        CHECK(failure == NULL);
        if (event == NULL) usleep(20000);
    }
    CHECK(event != NULL && strcmp(event->kind, "created") == 0);
}

/* A child says that the subscription is its parent's, and takes nothing from it when it closes it. */
static void events_in_a_child(void) {
    usher_result *failure = NULL;
    usher_events *events = usher_events_open(shared, "created", NULL, &failure);
    CHECK(events != NULL && failure == NULL);
    next_is_created(events);
    pid_t child = fork();
    if (child == 0) {
        CHECK(usher_events_next(events, &failure) == NULL && number_of(failure) == USHER_CLOSED);
        usher_result_free(failure);
        usher_events_close(events);
        _exit(0);
    }
    wait_for(child);
    next_is_created(events);
    usher_events_close(events);
}

static void killed_and_restarted(void) {
    CHECK(system(getenv("USHER_RESTART")) == 0);
    CHECK(is_valid(shared, token));
    CHECK(outcome(usher_call_ping(shared)) == 0);
}

static void revoked_at_once(void) {
    usher *other = opened(0);
    CHECK(is_valid(shared, token));
    usher_session *session = usher_remembered(shared, token, 0);
    CHECK(session != NULL);
    usher_session_free(session);
    CHECK(outcome(usher_call_revoke(other, token)) == 0);
    CHECK(usher_remembered(shared, token, 0) == NULL && !is_valid(shared, token));
    usher_close(other);
}

static atomic_int is_replaced;

/* Asks while the daemon goes and another one comes: whatever the answer, the library must not trap. */
static void *validate_until_replaced(void *data) {
    atomic_uint *answers = data;
    while (!is_replaced) {
        usher_result *failure = NULL;
        usher_session *session = usher_validate(shared, token, 1, &failure);
        CHECK(session == NULL || strcmp(usher_session_info_of(session)->user, "ada") == 0);
        *answers += session != NULL;
        usher_session_free(session);
        usher_result_free(failure);
    }
    return NULL;
}

static void validated(usher_result *result, void *data) {
    CHECK(number_of(result) == 0);
    *(int *)data = usher_result_session(result) ? 1 : -1;
    usher_result_free(result);
}

/* Asks in turns of the loop: 1 for a session, -1 for none. */
static int asked(usher *client, const char *of) {
    int answer = 0;
    CHECK(usher_then(usher_call_validate(client, of, 1), validated, &answer) > 0);
    for (int turn = 0; answer == 0 && turn < 5000; turn++) {
        usher_process(client);
        usleep(2000);
    }
    return answer;
}

static int is_remembered(usher *client, const char *of) {
    usher_session *session = usher_remembered(client, of, 1);
    usher_session_free(session);
    return session != NULL;
}

/* Waits until each thread has had an answer, for a minute at most. */
static void wait_for_answers(atomic_uint *answers, int count) {
    for (int index = 0; index < count; index++) {
        for (int turn = 0; answers[index] == 0 && turn < 6000; turn++) usleep(10000);
        CHECK(answers[index] > 0);
    }
}

/* Another daemon has another board: what was remembered by the old one holds no more, and the new one is looked at. */
static void board_replaced(void) {
    usher *hosted = opened(1);
    char later[USHER_TOKEN_SIZE];
    pthread_t threads[4];
    atomic_uint answers[4] = {0};
    log_in(shared, token);
    CHECK(is_valid(shared, token) && asked(hosted, token) == 1 && is_remembered(hosted, token));
    for (int index = 0; index < 4; index++)
        CHECK(pthread_create(&threads[index], NULL, validate_until_replaced, &answers[index]) == 0);
    wait_for_answers(answers, 4);
    CHECK(system(getenv("USHER_REPLACE")) == 0);
    CHECK(!is_remembered(shared, token) && !is_remembered(hosted, token));
    CHECK(!is_valid(shared, token) && asked(hosted, token) == -1);
    is_replaced = 1;
    for (int index = 0; index < 4; index++) pthread_join(threads[index], NULL);
    log_in(shared, later);
    CHECK(is_valid(shared, later) && is_remembered(shared, later));
    CHECK(asked(hosted, later) == 1 && is_remembered(hosted, later));
    usher *other = opened(0);
    CHECK(outcome(usher_call_revoke(other, later)) == 0);
    CHECK(!is_remembered(shared, later) && !is_remembered(hosted, later));
    usher_close(other);
    usher_close(hosted);
}

int main(int count, char **arguments) {
    shared = opened(0);
    if (count > 1) {
        int valid = is_valid(shared, getenv("TOKEN"));
        usher_close(shared);
        return valid ? 0 : 1;
    }
    log_in(shared, token);
    eight_threads();
    children(arguments[0]);
    own_loop_in_a_child();
    forked_within_a_function();
    events_in_a_child();
    killed_and_restarted();
    eight_threads();
    revoked_at_once();
    board_replaced();
    usher_close(shared);
    puts("processes: passed");
    return 0;
}
