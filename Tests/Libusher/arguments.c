/* Wrong arguments, every function: each says so, none reads or writes what it must not. Needs no daemon. */
#include <errno.h>

#include "check.h"

static const char *no_field(const char *name, void *data) {
    (void)name;
    (void)data;
    return NULL;
}

static void opening(void) {
    usher_options options = USHER_OPTIONS;
    options.size = 3;
    errno = 0;
    CHECK(usher_open(&options) == NULL && errno == EINVAL);
    struct {
        usher_options known;
        long later;
    } newer = {USHER_OPTIONS, 0};
    newer.known.size = sizeof newer;
    usher *client = usher_open(&newer.known);
    CHECK(client != NULL);
    usher_close(client);
    newer.later = 1;
    CHECK(usher_open(&newer.known) == NULL);
    usher_options text = USHER_OPTIONS;
    text.socket_path = "\xff";
    CHECK(usher_open(&text) == NULL && errno == EINVAL);
    client = usher_open(NULL);
    CHECK(client != NULL);
    usher_close(client);
    usher_close(NULL);
    CHECK(strlen(usher_version()) > 0);
}

static void nothing_is_freed(void) {
    usher_call_free(NULL);
    usher_result_free(NULL);
    usher_session_free(NULL);
    usher_challenge_free(NULL);
    usher_events_close(NULL);
    usher_cancel_login(NULL, NULL);
    CHECK(usher_session_retain(NULL) == NULL && usher_session_info_of(NULL) == NULL);
    CHECK(usher_session_is_recent(NULL, 1) == 0);
    CHECK(usher_result_error(NULL) == NULL && usher_result_session(NULL) == NULL && usher_result_token(NULL) == NULL);
    CHECK(usher_result_count(NULL) == 0 && usher_result_json(NULL) == NULL && usher_result_next(NULL) == NULL);
    CHECK(usher_result_is_partial(NULL) == 0);
    CHECK(usher_result_session_at(NULL, 0) == NULL && usher_result_login(NULL) == NULL);
    CHECK(usher_result_challenge(NULL) == NULL && usher_challenge_info_of(NULL) == NULL);
    CHECK(usher_fd(NULL) == -1 && usher_deadline(NULL) == -1 && usher_process(NULL) == 0 && usher_cancel(NULL, 1) == 0);
    CHECK(usher_events_fd(NULL) == -1 && usher_events_deadline(NULL) == -1);
    CHECK(usher_then(NULL, NULL, NULL) == 0);
}

static void calls_without_a_client(void) {
    CHECK(outcome(NULL) == USHER_INVALID_ARGUMENT);
    CHECK(outcome(usher_call_ping(NULL)) == USHER_INVALID_ARGUMENT);
    CHECK(outcome(usher_call_hello(NULL)) == USHER_INVALID_ARGUMENT);
    usher_result *failure = NULL;
    CHECK(usher_validate(NULL, "x", 1, &failure) == NULL && number_of(failure) == USHER_INVALID_ARGUMENT);
    usher_result_free(failure);
    CHECK(usher_remembered(NULL, "x", 1) == NULL);
    CHECK(usher_events_open(NULL, NULL, NULL, &failure) == NULL && number_of(failure) == USHER_INVALID_ARGUMENT);
    usher_result_free(failure);
    CHECK(usher_events_next(NULL, &failure) == NULL && number_of(failure) == USHER_INVALID_ARGUMENT);
    usher_result_free(failure);
    CHECK(usher_events_next(NULL, NULL) == NULL);
}

static void calls(usher *client) {
    char big[USHER_SECRET_SIZE + 2] = {0};
    const usher_pair no_name[] = {USHER_PAIR(NULL, "x")}, no_value[] = {USHER_PAIR("x", NULL)};
    const char *no_text[] = {NULL};
    const int wrong = USHER_INVALID_ARGUMENT;
    usher_call *all[] = {
        usher_call_login(client, NULL, NULL, 0, NULL, NULL, 0, 0),
        usher_call_login(client, "a/b", NULL, 0, NULL, NULL, 0, 0),
        usher_call_login(client, "\xc3", NULL, 0, NULL, NULL, 0, 0),
        usher_call_login(client, "ada", NULL, 0, NULL, no_name, 1, 0),
        usher_call_login(client, "ada", NULL, 0, NULL, no_value, 1, 0),
        usher_call_login(client, "ada", NULL, 0, NULL, NULL, 1, 0),
        usher_call_login(client, "ada", NULL, 0, NULL, no_value, (size_t)-1, 0),
        usher_call_reauthenticate(client, NULL, NULL, 0, NULL, 0, 0),
        usher_call_respond(client, NULL, NULL, 0),
        usher_call_validate(client, "short", 1),
        usher_call_touch(client, no_text, 1),
        usher_call_touch(client, NULL, 1),
        usher_call_rotate(client, NULL),
        usher_call_update(client, "short", NULL, 0, 0),
        usher_call_list(client, 9, NULL, NULL),
        usher_call_list(client, USHER_OF_USER, NULL, NULL),
        usher_call_list(client, USHER_OF_TOKEN, "short", NULL),
        usher_call_revoke(client, "short"),
        usher_call_revoke_handle(client, "short", NULL),
        usher_call_revoke_all(client, USHER_OF_USER, "ada", "short", NULL),
        usher_call_create(client, NULL, NULL, NULL, 0, NULL, 0),
        usher_call_create(client, "ada", NULL, no_text, 1, NULL, 0),
        usher_call_limiter(client, "\xff"),
        usher_call_limiter_clear(client, "\xff"),
    };
    for (size_t index = 0; index < sizeof all / sizeof *all; index++) {
        int number = outcome(all[index]);
        if (number != wrong) fprintf(stderr, "call %zu: %d\n", index, number);
        CHECK(number == wrong);
    }
    CHECK(outcome(usher_call_login(client, "ada", big, sizeof big, NULL, NULL, 0, 0)) == USHER_TOO_LARGE);
    usher_call_free(usher_call_ping(client));
    CHECK(usher_then(usher_call_ping(client), (usher_done)abort, NULL) == 0);
    CHECK(usher_fd(client) == -1 && usher_deadline(client) == -1 && usher_process(client) == 0);
    CHECK(usher_validate(client, "short", 1, NULL) == NULL && usher_remembered(client, "short", 1) == NULL);
    usher_result *failure = NULL;
    CHECK(usher_validate(client, NULL, 1, &failure) == NULL && number_of(failure) == wrong);
    usher_result_free(failure);
    CHECK(usher_events_open(client, "no_such_kind", NULL, &failure) == NULL && number_of(failure) == wrong);
    usher_result_free(failure);
}

static void web(void) {
    char token[USHER_TOKEN_SIZE], text[USHER_FORM_TEXT_SIZE], room[300];
    const char *bytes[] = {"a=\xff\xfe; __Host-session=x"}, *none[] = {NULL};
    CHECK(usher_cookie_read(NULL, bytes, 1, token) == USHER_COOKIE_MALFORMED && *token == 0);
    CHECK(usher_cookie_read("a b", bytes, 1, token) == USHER_COOKIE_MALFORMED);
    CHECK(usher_cookie_read(NULL, none, 1, token) == USHER_COOKIE_NONE);
    CHECK(usher_cookie_read(NULL, NULL, 0, token) == USHER_COOKIE_NONE);
    CHECK(usher_cookie_set(NULL, "short", -1, room, sizeof room) == 0);
    CHECK(usher_cookie_delete("a b", room, sizeof room) == 0);
    CHECK(usher_csrf_text("short", NULL, text) == 0 && usher_csrf_text(NULL, NULL, NULL) == 0);
    CHECK(usher_csrf_accepts("short", NULL, "x") == 0 && usher_csrf_accepts(NULL, NULL, NULL) == 0);
    CHECK(usher_login_csrf_text(NULL, 0, NULL, room, sizeof room) == 0);
    CHECK(usher_login_csrf_text(NULL, 0, text, room, 4) == 0);
    CHECK(usher_login_csrf_accepts(NULL, 0, "x") == 0);
    CHECK(usher_origin("http://wiki.example", 1, room, sizeof room) == 0 && usher_origin(NULL, 0, room, 1) == 0);
    CHECK(usher_return_to(NULL, NULL, 0, "/", room, sizeof room) == USHER_RETURN_FOREIGN);
    CHECK(usher_return_to("https://a.example", NULL, 0, NULL, room, sizeof room) == USHER_RETURN_LENGTH);
    CHECK(usher_return_to("https://a.example", NULL, 0, "/", room, 3) == USHER_RETURN_LENGTH);
    CHECK(usher_request_kind(NULL, no_field, NULL) == 0 && usher_request_kind("GET", NULL, NULL) == 0);
    CHECK(usher_redirects_to_login(99, "GET") == 0 && usher_redirects_to_login(USHER_KIND_PAGE, NULL) == 0);
    CHECK(usher_fetch_verdict("x", NULL, 0, "POST", no_field, NULL) == USHER_FETCH_REFUSED);
    CHECK(usher_proves_own_page("x", no_field, NULL) == 0);
    CHECK(usher_user_agent(NULL, room, sizeof room) == 0);
    CHECK(usher_page_headers(NULL) != NULL);
}

int main(void) {
    opening();
    nothing_is_freed();
    calls_without_a_client();
    usher_options options = USHER_OPTIONS;
    options.socket_path = "/nonexistent/usher.sock";
    options.request_patience_ms = -1;
    options.patience_ms = -1;
    usher *client = usher_open(&options);
    calls(client);
    CHECK(outcome(usher_call_ping(client)) == USHER_UNREACHABLE);
    usher_close(client);
    web();
    puts("arguments: passed");
    return 0;
}
