/*
 * What libusher costs a program in C, beside hiredis. Prints figures as `NAME VALUE`, for Tests/Benchmarks/Languages/run.
 *
 *   library cached DIRECTORY REDIS  a validation from memory and a GET: medians in nanoseconds
 *   library asked DIRECTORY COUNT DEPTH
 *                                   asks the daemon COUNT times, DEPTH at once, in a loop of its own; says `ready` before
 *                                   and `done` after, and waits for a line each time, so that CPU time can be read
 */
#include <hiredis/hiredis.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <usher.h>

enum { SESSIONS = 1000, BATCH = 16, BATCHES = 50000, GETS = 20000 };

static char tokens[SESSIONS][USHER_TOKEN_SIZE];

static void require(int holds, const char *what) {
    if (!holds) {
        fprintf(stderr, "%s\n", what);
        exit(1);
    }
}

static double nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return 1e9 * (double)now.tv_sec + (double)now.tv_nsec;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *times, size_t count) {
    qsort(times, count, sizeof *times, ascending);
    return times[count / 2];
}

/* A session in no order that a cache could foresee. */
static const char *pick(unsigned number) { return tokens[number * 7919u % SESSIONS]; }

static usher *opened(const char *directory, int own_loop, int64_t cache) {
    usher_options options = USHER_OPTIONS;
    options.development = directory;
    options.own_loop = own_loop;
    options.cache_capacity = cache;
    usher *client = usher_open(&options);
    require(client != NULL, "usher_open fails");
    return client;
}

static void make_sessions(const char *directory) {
    usher *client = opened(directory, 0, 0);
    const char *methods[] = {"pwd"};
    const usher_pair context[] = {USHER_PAIR("remote_ip", "192.0.2.17"), USHER_PAIR("host", "build-17")};
    for (int number = 0; number < SESSIONS; number++) {
        char user[32];
        snprintf(user, sizeof user, "user%d", number / 20);
        usher_result *made = usher_wait(usher_call_create(client, user, NULL, methods, 1, context, 2));
        require(usher_result_token(made) != NULL, "no session is made");
        strcpy(tokens[number], usher_result_token(made));
        usher_result_free(made);
    }
    usher_close(client);
}

static void from_memory(const char *directory) {
    static double times[BATCHES];
    usher *client = opened(directory, 0, 0);
    for (unsigned number = 0; number < SESSIONS; number++)
        usher_session_free(usher_validate(client, tokens[number], 1, NULL));
    for (unsigned batch = 0; batch < BATCHES; batch++) {
        double start = nanoseconds();
        for (unsigned number = 0; number < BATCH; number++) {
            usher_session *session = usher_validate(client, pick(batch * BATCH + number), 1, NULL);
            require(session != NULL, "a session does not hold");
            usher_session_free(session);
        }
        times[batch] = (nanoseconds() - start) / BATCH;
    }
    printf("cached_ns %.1f\n", median(times, BATCHES));
    usher_close(client);
}

static void from_redis(const char *path) {
    static double times[GETS];
    char record[101] = {0};
    memset(record, 'x', 100);
    redisContext *redis = redisConnectUnix(path);
    require(redis != NULL && redis->err == 0, "redis does not answer");
    for (int number = 0; number < SESSIONS; number++)
        freeReplyObject(redisCommand(redis, "SET %s %s", tokens[number], record));
    for (unsigned number = 0; number < GETS; number++) {
        double start = nanoseconds();
        redisReply *reply = redisCommand(redis, "GET %s", pick(number));
        require(reply != NULL && reply->len == 100, "redis does not answer as it should");
        freeReplyObject(reply);
        times[number] = nanoseconds() - start;
    }
    printf("get_ns %.1f\n", median(times, GETS));
    redisFree(redis);
}

static struct { usher *client; unsigned sent, wanted, answered; } asking;

static void ask(void);

static void answered(usher_result *result, void *data) {
    (void)data;
    require(usher_result_session(result) != NULL, "a session does not hold");
    usher_result_free(result);
    asking.answered++;
    ask();
}

static void ask(void) {
    if (asking.sent == asking.wanted) return;
    usher_call *call = usher_call_validate(asking.client, pick(asking.sent++), 1);
    require(usher_then(call, answered, NULL) != 0, "a call is not sent");
}

static void turns(void) {
    struct pollfd ready = {usher_fd(asking.client), POLLIN, 0};
    while (asking.answered < asking.wanted) {
        poll(&ready, 1, usher_deadline(asking.client));
        usher_process(asking.client);
    }
}

static void over_socket(const char *directory, unsigned count, unsigned depth) {
    asking.client = opened(directory, 1, -1);
    asking.wanted = 1;
    ask();
    turns();
    puts("ready");
    getchar();
    asking.wanted = count + 1;
    for (unsigned number = 0; number < depth; number++) ask();
    turns();
    puts("done");
    getchar();
    usher_close(asking.client);
}

int main(int count, char **arguments) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    require(count > 2, "usage: see the source");
    make_sessions(arguments[2]);
    if (strcmp(arguments[1], "cached") == 0 && count == 4) {
        from_memory(arguments[2]);
        from_redis(arguments[3]);
    } else if (strcmp(arguments[1], "asked") == 0 && count == 5) {
        over_socket(arguments[2], (unsigned)atoi(arguments[3]), (unsigned)atoi(arguments[4]));
    } else {
        return 2;
    }
    return 0;
}
