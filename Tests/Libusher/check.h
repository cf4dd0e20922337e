/* What the tests of libusher share. Each program ends with status 1 at the first thing that is not as it must be. */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "usher.h"

#define CHECK(condition)                                                                \
    do {                                                                                \
        if (!(condition)) {                                                             \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);     \
            exit(1);                                                                    \
        }                                                                               \
    } while (0)

static inline usher_options development(int own_loop) {
    usher_options options = USHER_OPTIONS;
    options.development = getenv("USHER_DIRECTORY");
    options.own_loop = own_loop;
    return options;
}

static inline usher *opened(int own_loop) {
    usher_options options = development(own_loop);
    usher *client = usher_open(&options);
    CHECK(client != NULL);
    return client;
}

static inline int number_of(const usher_result *result) {
    const usher_error *error = usher_result_error(result);
    return error ? error->number : 0;
}

/* The number of the error that the call ends with; 0 for none. */
static inline int outcome(usher_call *call) {
    usher_result *result = usher_wait(call);
    int number = number_of(result);
    usher_result_free(result);
    return number;
}

static inline usher_call *login_call(usher *client, const char *user, const char *password) {
    const usher_pair context[] = {USHER_PAIR("remote_ip", "192.0.2.7")};
    return usher_call_login(client, user, password, strlen(password), NULL, context, 1, 0);
}

/* Logs ada in and writes the token. */
static inline void log_in(usher *client, char token[USHER_TOKEN_SIZE]) {
    usher_result *result = usher_wait(login_call(client, "ada", "correct horse"));
    CHECK(number_of(result) == 0);
    CHECK(strlen(usher_result_token(result)) == USHER_TOKEN_SIZE - 1);
    strcpy(token, usher_result_token(result));
    usher_result_free(result);
}

static inline int is_valid(usher *client, const char *token) {
    usher_result *failure = NULL;
    usher_session *session = usher_validate(client, token, 1, &failure);
    CHECK(failure == NULL);
    usher_session_free(session);
    return session != NULL;
}

#endif
