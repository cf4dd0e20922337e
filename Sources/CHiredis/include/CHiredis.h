// hiredis 0.14 (libhiredis-dev), and functions for what Swift cannot do with it.
#ifndef USHER_CHIREDIS_H
#define USHER_CHIREDIS_H
#include <stddef.h>
#include <hiredis/async.h>

// The memory of a reply, in bytes: at most `most`, and `left` for the rest of the one that is being read.
struct usher_reply_budget {
    size_t most;
    size_t left;
};

// A reply that takes more memory than `budget->most` ends the connection. Without this call a server decides how much
// memory the client takes. `budget` must live as long as the context.
void usher_limit_replies(redisAsyncContext *context, struct usher_reply_budget *budget);

// Received bytes that hiredis has not parsed.
static inline size_t usher_unread(const redisAsyncContext *context) {
    return context->c.reader->len - context->c.reader->pos;
}

// Sends a whole command at once and leaves no copy of it in memory: for passwords. Returns -1 where other bytes wait to
// be sent or the socket does not take the whole command.
int usher_send_secret(
    redisAsyncContext *context, redisCallbackFn *callback, const char *command, size_t size);
#endif
