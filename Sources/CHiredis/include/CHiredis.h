// hiredis 0.14 (libhiredis-dev), and what Swift cannot say of it.
#ifndef USHER_CHIREDIS_H
#define USHER_CHIREDIS_H
#include <stddef.h>
#include <hiredis/async.h>

// What is left for the reply that is being read, in bytes of memory.
struct usher_reply_budget {
    size_t most;
    size_t left;
};

// A reply that takes more memory than `budget->most` ends the connection. Without this call a server decides how much
// memory the client takes. `budget` must live as long as the context.
void usher_limit_replies(redisAsyncContext *context, struct usher_reply_budget *budget);

// Bytes of a reply that is not whole.
static inline size_t usher_unread(const redisAsyncContext *context) {
    return context->c.reader->len - context->c.reader->pos;
}

// Sends a whole command at once and leaves no copy of it in memory: for passwords. Nothing else may wait to be sent. -1
// where the socket does not take it.
int usher_send_secret(
    redisAsyncContext *context, redisCallbackFn *callback, const char *command, size_t size);
#endif
