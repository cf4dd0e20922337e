/* A session's life, every call with right arguments, against the daemon in USHER_DIRECTORY. */
#include <poll.h>

#include "check.h"

static usher_result *done(usher_call *call) {
    usher_result *result = usher_wait(call);
    if (number_of(result) != 0) fprintf(stderr, "%s\n", usher_result_error(result)->detail);
    CHECK(number_of(result) == 0);
    return result;
}

static int64_t count(usher_call *call) {
    usher_result *result = done(call);
    int64_t number = usher_result_count(result);
    usher_result_free(result);
    return number;
}

static void has_json(usher_call *call, const char *part) {
    usher_result *result = done(call);
    CHECK(strstr(usher_result_json(result), part) != NULL);
    usher_result_free(result);
}

static void members(usher *client, const char *token) {
    usher_session *session = usher_validate(client, token, 1, NULL);
    const usher_session_info *info = usher_session_info_of(session);
    CHECK(strcmp(info->user, "ada") == 0 && strcmp(info->service, "default") == 0);
    CHECK(strncmp(info->handle, "h_", 2) == 0);
    CHECK(info->method_count == 1 && strcmp(info->methods[0], "pwd") == 0);
    CHECK(info->context_count == 1 && strcmp(info->context[0].name, "remote_ip") == 0);
    CHECK(info->context[0].value_size == strlen("192.0.2.7"));
    CHECK(info->created > 1700000000 && info->expires > info->created && info->version == 1);
    CHECK(usher_session_is_recent(session, 60) == 1 && usher_session_is_recent(session, -5) == 0);
    CHECK(usher_session_info_of(session) == info);
    usher_session *again = usher_session_retain(session);
    usher_session_free(session);
    CHECK(strcmp(usher_session_info_of(again)->user, "ada") == 0);
    usher_session_free(again);
}

static void memory(usher *client, const char *token) {
    usher_session *session = NULL;
    for (int tries = 0; session == NULL && tries < 100; tries++) {
        CHECK(is_valid(client, token));
        session = usher_remembered(client, token, 0);
    }
    CHECK(session != NULL);
    usher_session_free(session);
}

static void data(usher *client, const char *token) {
    const usher_pair set[] = {USHER_PAIR("theme", "dark"), {"bytes", "a\0b", 5, 3}};
    const usher_pair remove[] = {USHER_PAIR("theme", NULL)};
    CHECK(count(usher_call_update(client, token, set, 2, 0)) == 2);
    CHECK(outcome(usher_call_update(client, token, set, 2, 1)) == USHER_CONFLICT);
    usher_session *session = usher_validate(client, token, 1, NULL);
    const usher_session_info *info = usher_session_info_of(session);
    CHECK(info->data_count == 2 && memcmp(info->data[0].value, "a\0b", 4) == 0 && info->data[0].value_size == 3);
    usher_session_free(session);
    CHECK(count(usher_call_update(client, token, remove, 1, 2)) == 3);
}

static void lists(usher *client, const char *token) {
    usher_result *page = done(usher_call_list(client, USHER_OF_TOKEN, token, NULL));
    CHECK(usher_result_session_at(page, 0) != NULL && usher_result_session_at(page, 9999) == NULL);
    CHECK(usher_result_next(page) == NULL && usher_result_is_partial(page) == 0);
    CHECK(usher_session_info_of(usher_result_session_at(page, 0))->data_count == 0);
    usher_result_free(page);
    page = done(usher_call_list(client, USHER_OF_USER, "ada", NULL));
    usher_session *kept = usher_session_retain(usher_result_session_at(page, 0));
    usher_result_free(page);
    CHECK(strcmp(usher_session_info_of(kept)->user, "ada") == 0);
    usher_session_free(kept);
    usher_result_free(done(usher_call_list(client, USHER_OF_EVERYBODY, NULL, NULL)));
}

static void one_time_code(usher *client) {
    usher_result *result = done(login_call(client, "bob", "battery staple"));
    usher_challenge *challenge = usher_result_challenge(result);
    CHECK(usher_result_session(result) == NULL && usher_result_token(result) == NULL);
    usher_result_free(result);
    const usher_challenge_info *info = usher_challenge_info_of(challenge);
    CHECK(info->purpose == USHER_PURPOSE_LOGIN && info->prompt_count >= 1);
    CHECK(info->prompts[info->prompt_count - 1].style == USHER_PROMPT_SECRET ||
          info->prompts[info->prompt_count - 1].style == USHER_PROMPT_VISIBLE);
    const usher_answer code = {"123456", 6};
    result = done(usher_call_respond(client, challenge, &code, 1));
    usher_challenge_free(challenge);
    CHECK(usher_result_login(result) != NULL && usher_result_login(result)->failures_since_last >= 0);
    CHECK(count(usher_call_revoke(client, usher_result_token(result))) == 1);
    usher_result_free(result);
    result = done(login_call(client, "bob", "battery staple"));
    challenge = usher_result_challenge(result);
    usher_result_free(result);
    usher_cancel_login(client, challenge);
    CHECK(outcome(usher_call_respond(client, challenge, &code, 1)) == USHER_NO_SUCH_TRANSACTION);
    usher_challenge_free(challenge);
}

static void events(usher *client, const char *token) {
    usher_result *failure = NULL;
    usher_events *events = usher_events_open(client, "revoked rotated", NULL, &failure);
    CHECK(events != NULL && failure == NULL);
    const usher_event *event = NULL;
    /* The first turns subscribe: what comes before is not told, so that the session is revoked in between. */
    for (int turn = 0; event == NULL && turn < 600; turn++) {
        event = usher_events_next(events, &failure);
        CHECK(failure == NULL);
        if (turn == 20) CHECK(count(usher_call_revoke(client, token)) == 1);
        struct pollfd wait = {usher_events_fd(events), POLLIN, 0};
        if (event == NULL) poll(&wait, 1, 100);
    }
    CHECK(event != NULL && strcmp(event->kind, "revoked") == 0 && strcmp(event->user, "ada") == 0 && event->at > 0);
    CHECK(usher_events_deadline(events) >= -1);
    usher_events_close(events);
}

/* Options and arguments at the ends of their ranges; a session outlives its connection. */
static void extremes(void) {
    usher_options options = development(0);
    options.deadline_ms = options.login_deadline_ms = options.patience_ms = options.request_patience_ms = INT64_MAX;
    options.queue_capacity = INT64_MAX;
    usher *client = usher_open(&options);
    CHECK(client != NULL && outcome(usher_call_ping(client)) == 0);
    CHECK(outcome(usher_call_login(client, "ada", "correct horse", 13, NULL, NULL, 0, INT64_MAX)) == 0);
    CHECK(outcome(usher_call_login(client, "ada", "correct horse", 13, NULL, NULL, 0, INT64_MIN)) != 0);
    char token[USHER_TOKEN_SIZE];
    log_in(client, token);
    usher_session *session = usher_validate(client, token, 1, NULL);
    CHECK(usher_session_is_recent(session, INT64_MAX) == 1 && usher_session_is_recent(session, INT64_MIN) == 0);
    usher_call *late = usher_call_ping(client);
    usher_close(client);
    CHECK(outcome(late) == USHER_CLOSED);
    CHECK(strcmp(usher_session_info_of(session)->user, "ada") == 0);
    usher_session_free(session);
    options = development(0);
    options.deadline_ms = options.request_patience_ms = options.queue_capacity = options.cache_capacity = INT64_MIN;
    client = usher_open(&options);
    CHECK(client != NULL);
    outcome(usher_call_ping(client)); /* an answer may come in no time at all, or not */
    usher_close(client);
}

int main(void) {
    char token[USHER_TOKEN_SIZE], other[USHER_TOKEN_SIZE];
    usher *client = opened(0);
    has_json(usher_call_hello(client), "\"lifetimes\"");
    has_json(usher_call_stats(client, 1), "\"services\"");
    has_json(usher_call_limiter(client, NULL), "\"entries\"");
    CHECK(outcome(usher_call_ping(client)) == 0);
    CHECK(outcome(login_call(client, "ada", "wrong")) == USHER_DENIED);
    CHECK(outcome(usher_call_limiter_clear(client, "ada")) == 0);
    log_in(client, token);
    members(client, token);
    memory(client, token);
    data(client, token);
    lists(client, token);
    const char *tokens[] = {token, token};
    CHECK(outcome(usher_call_touch(client, tokens, 2)) == 0);
    usher_result *result = done(usher_call_validate(client, token, 0));
    CHECK(usher_result_session(result) != NULL);
    usher_result_free(result);

    result = done(usher_call_rotate(client, token));
    strcpy(other, usher_result_token(result));
    usher_result_free(result);
    CHECK(!is_valid(client, token) && is_valid(client, other));
    result = done(usher_call_reauthenticate(client, other, "correct horse", 13, NULL, 0, 0));
    strcpy(token, usher_result_token(result));
    usher_result_free(result);
    CHECK(!is_valid(client, other) && is_valid(client, token));
    CHECK(outcome(usher_call_reauthenticate(client, other, "correct horse", 13, NULL, 0, 0)) == USHER_NO_SUCH_SESSION);

    log_in(client, other);
    usher_session *session = usher_validate(client, other, 1, NULL);
    CHECK(count(usher_call_revoke_handle(client, usher_session_info_of(session)->handle, token)) == 1);
    usher_session_free(session);
    CHECK(!is_valid(client, other));
    usher_result *failure = NULL;
    CHECK(usher_validate(client, other, 1, &failure) == NULL && failure == NULL);
    events(client, token);
    log_in(client, token);
    CHECK(count(usher_call_revoke_all(client, USHER_OF_TOKEN, token, NULL, NULL)) >= 1);
    CHECK(!is_valid(client, token));
    one_time_code(client);
    const char *methods[] = {"pwd"};
    int issued = outcome(usher_call_create(client, "ada", NULL, methods, 1, NULL, 0));
    CHECK(issued == 0 || issued == USHER_FORBIDDEN);
    usher_close(client);
    extremes();
    puts("sessions: passed");
    return 0;
}
