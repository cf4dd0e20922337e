#include "CHiredis.h"
#include <hiredis/sds.h>
#include <limits.h>
#include <string.h>
#include <sys/socket.h>

// What a part of a reply takes beside its bytes: redisReply and what malloc(3) adds.
enum { USHER_PART = 80 };

// hiredis's own functions that make parts of replies; NULL without memory.
static redisReplyObjectFunctions *usher_plain(void) {
    static redisReplyObjectFunctions *plain;
    if (!plain) {
        redisReader *reader = redisReaderCreate();
        if (!reader) return NULL;
        plain = reader->fn;
        redisReaderFree(reader);
    }
    return plain;
}

static int usher_spend(const redisReadTask *task, size_t size) {
    struct usher_reply_budget *budget = task->privdata;
    if (!task->parent) budget->left = budget->most;
    if (size > budget->left || budget->left - size < USHER_PART) return 0;
    budget->left -= size + USHER_PART;
    return 1;
}

// A part that is not made is an error of the reader (REDIS_ERR_OOM), which ends the connection.
static void *usher_make_string(const redisReadTask *task, char *text, size_t size) {
    return usher_spend(task, size) ? usher_plain()->createString(task, text, size) : NULL;
}

static void *usher_make_array(const redisReadTask *task, int count) {
    if (count < 0 || !usher_spend(task, (size_t)count * sizeof(void *))) return NULL;
    return usher_plain()->createArray(task, count);
}

static void *usher_make_integer(const redisReadTask *task, long long number) {
    return usher_spend(task, 0) ? usher_plain()->createInteger(task, number) : NULL;
}

static void *usher_make_nil(const redisReadTask *task) {
    return usher_spend(task, 0) ? usher_plain()->createNil(task) : NULL;
}

void usher_limit_replies(redisAsyncContext *context, struct usher_reply_budget *budget) {
    static redisReplyObjectFunctions limited;
    redisReplyObjectFunctions *plain = usher_plain();
    if (!plain) return;
    limited = (redisReplyObjectFunctions){
        usher_make_string, usher_make_array, usher_make_integer, usher_make_nil, plain->freeObject};
    context->c.reader->fn = &limited;
    context->c.reader->privdata = budget;
}

int usher_send_secret(
    redisAsyncContext *context, redisCallbackFn *callback, const char *command, size_t size) {
    if (sdslen(context->c.obuf) != 0) return -1;
    if (redisAsyncFormattedCommand(context, callback, NULL, command, size) != REDIS_OK) return -1;
    ssize_t sent = send(context->c.fd, context->c.obuf, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    explicit_bzero(context->c.obuf, size);
    sdsclear(context->c.obuf);
    return sent == (ssize_t)size ? 0 : -1;
}
