/*
 * usher.h - libusher: sessions of the host's session daemon, usherd(8), for C and all languages that call C.
 *
 * THE LIBRARY'S RULES. What a function says overrides them.
 *
 * Memory. Types that are only declared here are handles. A handle that a function returns is the caller's, until the
 * function named after its type frees it: usher_close, usher_result_free, usher_session_free, usher_challenge_free,
 * usher_events_close; a call is freed by usher_wait, usher_then or usher_call_free. A pointer that a function returns
 * as const belongs to the handle that the function was given, and is valid as long as that handle. Arguments are the
 * caller's: the library copies what it keeps, before the function returns. Passwords and answers are zeroed by the
 * library in its own copies; the caller wipes its own. Freeing NULL has no effect.
 *
 * Texts. Arguments of type const char * are UTF-8 that ends with a NUL. A text that the library returns ends with a
 * NUL.
 *
 * Wrong use. A NULL in place of a required handle or text fails as USHER_INVALID_ARGUMENT, and so does a text that is
 * not UTF-8. A handle that was freed must not be used again: nothing checks that.
 *
 * Threads. A handle of usher_open without own_loop may be used by any number of threads at once. Results, sessions and
 * challenges are never changed, so that threads may read them at once; each reference is freed once. A call may be
 * used by one thread at a time. usher_process, usher_events_next and the functions that close are for one thread at a
 * time.
 *
 * fork(2). A child may go on using a usher: it gets a connection of its own. Calls that were under way are the
 * parent's. usher_events are the parent's too: in the child they fail as USHER_CLOSED, and closing them there takes
 * nothing from the parent. A child may always call execve(2): all descriptors close by themselves.
 *
 * Signals. The library changes no signal handler, raises no SIGPIPE, and its thread takes no signals.
 */
#ifndef USHER_H
#define USHER_H

#include <stddef.h>
#include <stdint.h>

#include "usher_values.h"
#include "usher_web.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A connection to the daemon. One is enough for a process. */
typedef struct usher usher;
/* A request that was described and has not been sent. */
typedef struct usher_call usher_call;
/* The outcome of a call. */
typedef struct usher_result usher_result;
/* A session as the daemon described it in one answer. */
typedef struct usher_session usher_session;
/* Questions that must be answered before a login goes on. */
typedef struct usher_challenge usher_challenge;
/* A subscription to events. */
typedef struct usher_events usher_events;

/* The version of the library, such as "0.1.812". */
const char *usher_version(void);

/* ---- The connection ---------------------------------------------------------------------------------------- */

/*
 * How to reach the daemon. Initialise it with USHER_OPTIONS, so that members of later versions have their defaults. The
 * number 0 stands for the default. A negative number stands for zero: no time at all, no room. A time without a limit
 * is INT64_MAX.
 */
typedef struct usher_options {
    size_t size;                 /* sizeof (usher_options) */
    const char *socket_path;     /* NULL: /run/usher/usher.sock */
    const char *server_user;     /* who may serve the socket besides root; NULL: usher */
    const char *development;     /* the directory of a `usherd --dev`, instead of the two above; NULL: none */
    int own_loop;                /* 1: your event loop runs the turns (usher_process), and nothing may block */
    int64_t deadline_ms;         /* of a call, its retries included; 5000 */
    int64_t login_deadline_ms;   /* of a login, time for typing included; 120000 */
    int64_t patience_ms;         /* how long a login waits for a daemon that is away; 5000 */
    int64_t request_patience_ms; /* how long other calls do, before all fail at once; 1000 */
    int64_t queue_capacity;      /* calls that wait for their turn; 4096 */
    int64_t cache_capacity;      /* sessions that are remembered; 8192 */
} usher_options;
#define USHER_OPTIONS { sizeof(usher_options), NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 0 }

/*
 * Opens a connection; NULL options are the defaults. It connects when it is first used, and again after the daemon was
 * restarted. Returns NULL with errno EINVAL for invalid options, and EMFILE if own_loop finds no free descriptors.
 */
usher *usher_open(const usher_options *options);

/*
 * Ends the connection. Calls under way fail as USHER_CLOSED; with own_loop usher_close runs their functions before it
 * returns, and one of them may call usher_close. No other thread may be in a function of this handle, or use it later.
 * Results and sessions stay valid.
 */
void usher_close(usher *usher);

/* ---- Sessions, from memory where that can tell --------------------------------------------------------------- */

/*
 * The session that the token proves now; NULL if it proves none or if the call failed. *failure tells both apart: it is
 * set to the failed result, which the caller frees, or to NULL. failure itself may be NULL. touch 1 counts this as use
 * of the session, which moves its idle deadline.
 *
 * Most answers come from memory, without a system call. Otherwise the function asks the daemon and blocks; with
 * own_loop it fails as USHER_INVALID_ARGUMENT instead. Once the daemon has answered a revocation, no process accepts
 * the session. Free it with usher_session_free.
 */
usher_session *usher_validate(usher *usher, const char *token, int touch, usher_result **failure);

/*
 * As usher_validate, from memory alone; NULL if memory cannot tell: then ask the daemon. Never waits and never fails,
 * so event loops may call it. It allocates only for the first use in a twentieth of the session's idle timeout, which
 * the library's thread, or a turn of usher_process, reports to the daemon later.
 */
usher_session *usher_remembered(usher *usher, const char *token, int touch);

/* Another reference to the session; each is freed. */
usher_session *usher_session_retain(usher_session *session);

/* Gives up a reference. */
void usher_session_free(usher_session *session);

/* The members of a session, valid as long as this reference. Made at the first call, and kept with the session. */
const usher_session_info *usher_session_info_of(const usher_session *session);

/*
 * 1 if the user has proved within that many seconds who they are; else 0. Before an action that must not be done with a
 * session somebody left open, have them do so again (usher_call_reauthenticate).
 */
int usher_session_is_recent(const usher_session *session, int64_t max_age_seconds);

/* ---- Calls --------------------------------------------------------------------------------------------------- */

/*
 * A function usher_call_... describes a call and sends nothing. Pass the call to usher_wait, usher_then or
 * usher_call_free. It is never NULL: a call that cannot be sent, for example with a name that no user can have, fails
 * when it is waited for.
 */

/*
 * Sends the call, blocks until it has its answer or has failed, and frees the call. Never NULL. With own_loop it fails
 * as USHER_INVALID_ARGUMENT.
 */
usher_result *usher_wait(usher_call *call);

/* The function that usher_then calls back. It frees the result, and may call any function, usher_close too. */
typedef void (*usher_done)(usher_result *result, void *data);

/*
 * Sends the call and frees it. usher_process, or usher_close, runs done once, with the outcome; usher_then itself never
 * does. Any thread may call it; it wakes the loop. Returns the call's number, for usher_cancel. Returns 0, and done is
 * never run, if the connection was closed or has no own_loop.
 */
int64_t usher_then(usher_call *call, usher_done done, void *data);

/*
 * Ends a call of usher_then, which then fails as USHER_CANCELLED. Returns 1, or 0 if no call with that number is waited
 * for.
 */
int usher_cancel(usher *usher, int64_t number);

/* Frees a call that was never sent. */
void usher_call_free(usher_call *call);

/* What the daemon is and what this process may do there: usher_result_json, as server.hello of PROTOCOL.md. */
usher_call *usher_call_hello(usher *usher);

/* Checks that the daemon answers. */
usher_call *usher_call_ping(usher *usher);

/* The daemon's counters, with by_service 1 those of each service too: usher_result_json, as server.stats. */
usher_call *usher_call_stats(usher *usher, int by_service);

/*
 * Begins a login. The result has either a session, its token and usher_result_login, or a challenge: answer it with
 * usher_call_respond. A login whose call is cancelled or out of time ends in the daemon too; a session that it made all
 * the same is revoked.
 *
 * password     The answer to the first question that must not be seen, at most USHER_SECRET_SIZE bytes; NULL: a
 *              challenge asks for it.
 * service      NULL for the first that this process may use.
 * context      What to remember about the login, such as remote_ip; NULL with a count of 0.
 * timeout_ms   How long all of it may take; 0 for login_deadline_ms.
 */
usher_call *usher_call_login(
    usher *usher, const char *user, const char *password, size_t password_size, const char *service,
    const usher_pair *context, size_t context_count, int64_t timeout_ms);

/*
 * Lets the user of a session prove again who they are. The session keeps its handle and gets a new token; the old one
 * is void. Otherwise as usher_call_login.
 */
usher_call *usher_call_reauthenticate(
    usher *usher, const char *token, const char *password, size_t password_size, const usher_pair *context,
    size_t context_count, int64_t timeout_ms);

/* An answer: bytes that need no NUL. */
typedef struct usher_answer {
    const char *bytes;
    size_t size;
} usher_answer;

/* Answers a challenge: one answer for each prompt that wants one, in order. The challenge stays the caller's. */
usher_call *usher_call_respond(
    usher *usher, const usher_challenge *challenge, const usher_answer *answers, size_t answer_count);

/* Ends a login that waits for answers. Does not wait for the daemon. */
void usher_cancel_login(usher *usher, const usher_challenge *challenge);

/*
 * Asks the daemon about a token, past what is remembered. The result has a session, or none if the token is not valid.
 */
usher_call *usher_call_validate(usher *usher, const char *token, int touch);

/* Counts as one use of each of these sessions; at most 1000 tokens. */
usher_call *usher_call_touch(usher *usher, const char *const *tokens, size_t token_count);

/* Replaces the session's token: usher_result_token. Do so when the rights of a session grow. */
usher_call *usher_call_rotate(usher *usher, const char *token);

/*
 * Sets these keys of the session's data; a value of NULL removes its key. usher_result_count is the new version. With
 * an if_version above 0 it fails as USHER_CONFLICT unless the data has that version.
 */
usher_call *usher_call_update(
    usher *usher, const char *token, const usher_pair *changes, size_t change_count, int64_t if_version);

/* Whose sessions are meant. */
enum {
    USHER_OF_TOKEN = 1,    /* the user of the session that this token proves */
    USHER_OF_USER = 2,     /* a user by name; takes the role admin */
    USHER_OF_EVERYBODY = 3 /* everybody in the realm of that name, or NULL for every realm; takes the role admin */
};

/*
 * A page of the owner's sessions: usher_result_session_at, and usher_result_next for the cursor of the next page. A
 * cursor of NULL is the first page.
 */
usher_call *usher_call_list(usher *usher, int owner, const char *name, const char *cursor);

/*
 * Ends the session of the token. Once this was answered nobody accepts it. usher_result_count is 1, or 0 for no
 * session.
 */
usher_call *usher_call_revoke(usher *usher, const char *token);

/*
 * Ends the session with that handle. With a token it must be a session of the same user; with NULL it may be any, which
 * takes the role admin. usher_result_count is 1, or 0 for no session.
 */
usher_call *usher_call_revoke_handle(usher *usher, const char *handle, const char *token);

/*
 * Ends all of the owner's sessions but that of the handle except, which may be NULL, and the owner's logins under way.
 * usher_result_count is the number of sessions that ended. USHER_OF_EVERYBODY ends them piece by piece: call it again
 * with the cursor usher_result_next until that is NULL.
 */
usher_call *usher_call_revoke_all(usher *usher, int owner, const char *name, const char *except, const char *cursor);

/* Makes a session without a login, for somebody whom the caller has authenticated; takes the role issue. */
usher_call *usher_call_create(
    usher *usher, const char *user, const char *service, const char *const *methods, size_t method_count,
    const usher_pair *context, size_t context_count);

/*
 * The refused logins in a row of a user, or with NULL of the names with the most: usher_result_json, as limiter.list.
 * Takes the role admin.
 */
usher_call *usher_call_limiter(usher *usher, const char *user);

/* Forgets the refused logins of a user, or with NULL of everybody. Takes the role admin. */
usher_call *usher_call_limiter_clear(usher *usher, const char *user);

/* ---- Results ------------------------------------------------------------------------------------------------- */

/* Frees the result and zeroes the token in it. */
void usher_result_free(usher_result *result);

/* Why the call failed; NULL if it did not fail. */
const usher_error *usher_result_error(const usher_result *result);

/* The session, which belongs to the result: usher_session_retain keeps it. NULL where there is none. */
usher_session *usher_result_session(const usher_result *result);

/* The new token of a login, creation or rotation; else NULL. Whoever reads it can act as the user. */
const char *usher_result_token(const usher_result *result);

/* How many sessions were ended, or the new version of the data; else 0. */
int64_t usher_result_count(const usher_result *result);

/* The daemon's answer as JSON; NULL where the call gives none. */
const char *usher_result_json(const usher_result *result);

/* The sessions of a page, in order from 0; NULL behind the last. They belong to the result. */
usher_session *usher_result_session_at(const usher_result *result, size_t index);

/* Where the next page or piece begins; NULL on the last. */
const char *usher_result_next(const usher_result *result);

/* 1 if there may be sessions on other hosts that no page has, because the daemon lists those that its host has seen. */
int usher_result_is_partial(const usher_result *result);

/* What a login tells the person; NULL unless the result is that of a login that succeeded. */
const usher_login_info *usher_result_login(const usher_result *result);

/* The challenge that a login waits for; the caller frees it. NULL if there is none. */
usher_challenge *usher_result_challenge(const usher_result *result);

/* The questions of a challenge. */
const usher_challenge_info *usher_challenge_info_of(const usher_challenge *challenge);

/* Frees the challenge. The login waits on until its time is over, unless usher_cancel_login ends it. */
void usher_challenge_free(usher_challenge *challenge);

/* ---- Your own event loop: own_loop --------------------------------------------------------------------------- */

/*
 * The descriptor to poll: call usher_process when it is readable. It is the same for the connection's whole life; the
 * library closes it. A child of fork(2) must ask for it anew. -1 without own_loop.
 */
int usher_fd(usher *usher);

/*
 * In how many milliseconds usher_process is due even if the descriptor stays quiet; -1: never. Ask after each
 * usher_process, and after usher_then.
 */
int usher_deadline(usher *usher);

/*
 * Takes what came, lets time pass and runs the functions of calls that have their outcome, in this thread. Never
 * blocks. Returns 1; within such a function and without own_loop it does nothing and returns 0.
 */
int usher_process(usher *usher);

/* ---- Events -------------------------------------------------------------------------------------------------- */

/*
 * Subscribes to events, on a connection of their own; takes the role watch. kinds are names separated by blanks, NULL
 * for all; user is NULL for everybody. Works with and without own_loop. For wrong arguments, or without free
 * descriptors, it returns NULL and sets *failure to the failed result, which the caller frees; failure may be NULL.
 */
usher_events *usher_events_open(usher *usher, const char *kinds, const char *user, usher_result **failure);

/* The descriptor to poll: when it is readable, call usher_events_next until that returns NULL. */
int usher_events_fd(usher_events *events);

/* In how many milliseconds usher_events_next is due even if the descriptor stays quiet; -1: never. */
int usher_events_deadline(usher_events *events);

/*
 * The next event, valid until the next call of this function. NULL if there is none yet, or if the subscription cannot
 * go on, for example without the role watch; *failure tells both apart, as of usher_validate. Never blocks. After an
 * event of the kind gap, events may be missing: validate the tokens that matter.
 */
const usher_event *usher_events_next(usher_events *events, usher_result **failure);

/* Ends the subscription. */
void usher_events_close(usher_events *events);

#ifdef __cplusplus
}
#endif

#endif
