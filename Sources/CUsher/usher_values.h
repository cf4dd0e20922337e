/*
 * usher_values.h - what libusher says: errors, prompts, sessions, events. Include usher.h.
 */
#ifndef USHER_VALUES_H
#define USHER_VALUES_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Room for the text of a token, its NUL included. */
#define USHER_TOKEN_SIZE 44
/* Room for the text of a form (usher_csrf_text), its NUL included. */
#define USHER_FORM_TEXT_SIZE 65
/* The most bytes of a password or an answer, which is what PAM takes. */
#define USHER_SECRET_SIZE 511

/*
 * Two texts. In arguments a size of 0 means: up to the NUL. In what the library returns, the sizes are those of the
 * texts, which may contain a NUL; another NUL follows each text.
 */
typedef struct usher_pair {
    const char *name;
    const char *value;
    size_t name_size;
    size_t value_size;
} usher_pair;
#define USHER_PAIR(name, value) { (name), (value), 0, 0 }

/* How a prompt is to be shown. */
enum {
    USHER_PROMPT_SECRET = 1,  /* wants an answer that must not be seen while it is typed */
    USHER_PROMPT_VISIBLE = 2, /* wants an answer */
    USHER_PROMPT_INFO = 3,    /* only to be shown */
    USHER_PROMPT_ERROR = 4    /* only to be shown: something went wrong */
};

/*
 * One message of PAM's conversation; the text may have several lines. It may contain control characters: do not write
 * it to a terminal unchanged.
 */
typedef struct usher_prompt {
    int style;
    const char *text;
} usher_prompt;

/*
 * Why a call failed. Later versions of the library may add members at the end.
 *
 * number            Stable: 1001 to 1018 are the daemon's (PROTOCOL.md, Errors), 2001 to 2009 the library's,
 *                   negative ones JSON-RPC's.
 * name              Stable, such as "denied" or "unreachable".
 * text              One sentence for people, safe to show and to log.
 * detail            More for the person who runs the host: not for users, never bytes that a user typed.
 * retry_after_ms    How long to wait before another try; -1 where the error does not say.
 * messages          What PAM says about a refused login, to be shown to the person; mostly none.
 * pending           Of USHER_UNAVAILABLE, on a host that shares sessions with others: 1 if a revocation has begun, is in
 *                   effect on this host and goes on by itself on all others.
 * pending_until_ms  How long after the answer no host accepts the sessions any more; -1 where that is not known.
 */
typedef struct usher_error {
    int number;
    const char *name;
    const char *text;
    const char *detail;
    int64_t retry_after_ms;
    const usher_prompt *messages;
    size_t message_count;
    int pending;
    int64_t pending_until_ms;
} usher_error;

/* The numbers of errors. */
enum {
    USHER_DENIED = 1001,
    USHER_PASSWORD_CHANGE_REQUIRED = 1002,
    USHER_ACCOUNT_EXPIRED = 1003,
    USHER_NOT_PERMITTED = 1004,
    USHER_CHANGE_FAILED = 1005,
    USHER_RATE_LIMITED = 1006,
    USHER_BUSY = 1007,
    USHER_UNAVAILABLE = 1008,
    USHER_LOGIN_TIMED_OUT = 1009,
    USHER_CANCELLED = 1010,
    USHER_FORBIDDEN = 1011,
    USHER_NO_SUCH_SESSION = 1012,
    USHER_NO_SUCH_TRANSACTION = 1013,
    USHER_UNKNOWN_SERVICE = 1014,
    USHER_QUOTA_EXCEEDED = 1015,
    USHER_CONFLICT = 1016,
    USHER_TOO_LARGE = 1017,
    USHER_UNSUPPORTED = 1018,
    USHER_UNREACHABLE = 2001,
    USHER_QUEUE_TIMED_OUT = 2002,
    USHER_ANSWER_TIMED_OUT = 2003,
    USHER_CONNECTION_LOST = 2004,
    USHER_UNTRUSTED_SERVER = 2005,
    USHER_PROTOCOL_VIOLATION = 2006,
    USHER_CLOSED = 2007,
    USHER_REAUTHENTICATION_REQUIRED = 2008,
    USHER_INVALID_ARGUMENT = 2009
};

/*
 * A session's members. Times are seconds since 1970-01-01T00:00:00Z. Later versions may add members at the end.
 *
 * data is what tools keep with the session. Any tool of the realm may rewrite it, so it must not grant anything. Lists
 * leave it out.
 */
typedef struct usher_session_info {
    const char *handle;  /* the public name, which may be shown and logged */
    const char *realm;
    const char *service;
    const char *user;    /* the canonical name */
    int64_t uid;         /* -1 where no account stands behind the name */
    int64_t created;
    int64_t authenticated; /* when the user last proved who they are */
    int64_t last_seen;
    int64_t idle_expires;
    int64_t expires;
    int64_t version;     /* counts the changes of data, from 1 */
    const char *const *methods; /* as RFC 8176 names them: pwd, otp */
    size_t method_count;
    const usher_pair *context;
    size_t context_count;
    const usher_pair *data;
    size_t data_count;
} usher_session_info;

/* What a login that succeeded tells the person. Later versions may add members at the end. */
typedef struct usher_login_info {
    int64_t failures_since_last; /* refused logins since the last that succeeded */
    int64_t last_login;          /* seconds since 1970; -1 where the daemon does not know */
    const usher_prompt *messages;
    size_t message_count;
} usher_login_info;

enum {
    USHER_PURPOSE_LOGIN = 1,          /* to find out who it is */
    USHER_PURPOSE_PASSWORD_CHANGE = 2 /* to change a password that has expired */
};

/* The questions, in the order to ask them. Later versions may add members at the end. */
typedef struct usher_challenge_info {
    int purpose;
    const usher_prompt *prompts;
    size_t prompt_count;
} usher_challenge_info;

/*
 * Something that happened to a session, or to a login: events.subscribe of PROTOCOL.md. Members that the event does
 * not have are NULL. Later versions may add members at the end.
 */
typedef struct usher_event {
    const char *kind; /* created refused rotated updated revoked expired gap */
    int64_t at;       /* seconds since 1970 */
    const char *handle;
    const char *realm;
    const char *service;
    const char *user;
    const char *reason;
    const char *detail;
    const char *source;
    const char *client;
    const char *host;
} usher_event;

#ifdef __cplusplus
}
#endif

#endif
