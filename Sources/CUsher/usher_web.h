/*
 * usher_web.h - libusher for web tools: cookies, forms, what a request says. Include usher.h.
 */
#ifndef USHER_WEB_H
#define USHER_WEB_H

#include <stddef.h>
#include <stdint.h>

#include "usher_values.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- For web tools: the texts of UsherWeb (PROTOCOL.md, "Web tools"). Nothing here asks the daemon - */

/*
 * A function with room and size writes a text with its NUL, cut if it does not fit, as snprintf(3) does. It returns the
 * size of the whole text without its NUL; 0 if an argument is wrong. Header fields need not be UTF-8. A cookie's name
 * NAME stands for the cookie __Host-NAME; NULL stands for session.
 */

/* What the Cookie fields of a request hold for the session's cookie. */
enum {
    USHER_COOKIE_NONE = 0,
    USHER_COOKIE_TOKEN = 1,     /* it holds a token, which may or may not prove a session */
    USHER_COOKIE_MALFORMED = 2, /* it holds something else, or the name can be no cookie's */
    USHER_COOKIE_SEVERAL = 3    /* it is there twice: neither is believed; delete it */
};

/*
 * Reads the values of all Cookie fields, and writes the token, or an empty text. HTTP/2 may split the field into
 * several.
 */
int usher_cookie_read(
    const char *name, const char *const *fields, size_t field_count, char token[USHER_TOKEN_SIZE]);

/*
 * The value of Set-Cookie that stores the token, for max_age seconds, or until the browser ends if max_age is negative.
 */
size_t usher_cookie_set(const char *name, const char *token, int64_t max_age, char *room, size_t size);

/* The value of Set-Cookie that deletes the cookie. */
size_t usher_cookie_delete(const char *name, char *room, size_t size);

/*
 * Writes a new text for a form, bound to the session of the token. Send it in a hidden field csrf, or in the header
 * X-CSRF-Token. A text with a scope (NULL: none, at most 1000 bytes) is accepted for that scope alone. Returns 1, or 0
 * if an argument is wrong.
 */
int usher_csrf_text(const char *token, const char *scope, char text[USHER_FORM_TEXT_SIZE]);

/* 1 if the text was made for the session of the token and for the scope; else 0. */
int usher_csrf_accepts(const char *token, const char *scope, const char *text);

/*
 * Writes a new text for a login form, which has no session yet; the text is bound to a cookie of the browser. setting
 * becomes the value of Set-Cookie to send with the form, or an empty text if the request already showed the cookie; 200
 * bytes are enough. Returns 1, or 0 if an argument is NULL or setting does not fit.
 */
int usher_login_csrf_text(
    const char *const *fields, size_t field_count, char text[USHER_FORM_TEXT_SIZE], char *setting, size_t size);

/* 1 if the text was made for the browser that sent these Cookie fields; else 0. */
int usher_login_csrf_accepts(const char *const *fields, size_t field_count, const char *text);

/* The value of Set-Cookie that deletes the login form's cookie: send it with a login that succeeded. */
size_t usher_login_csrf_delete(char *room, size_t size);

/* The origin as browsers write it; 0 unless it is https://host[:port], or http:// of localhost with insecure 1. */
size_t usher_origin(const char *text, int insecure_localhost, char *room, size_t size);

/* Why usher_return_to refuses an address. */
enum {
    USHER_RETURN_LENGTH = -1,  /* none, or more than 2048 bytes */
    USHER_RETURN_BYTES = -2,   /* a byte that may not stand in a URL */
    USHER_RETURN_FOREIGN = -3, /* neither a path nor an address of the origin */
    USHER_RETURN_RESERVED = -4 /* the login itself */
};

/*
 * Writes the address to which a login may send the browser back, as the value of Location. own is the tool's origin
 * from its configuration, never from Host. A path in reserved is refused: one that ends in / with all below it, each
 * other one alone ("/login" is also "/login/" and "/login;a", but not "/login-history"). Nothing is decoded. Returns the
 * size of the text; negative if the address is refused, and USHER_RETURN_LENGTH too if it does not fit.
 */
int usher_return_to(
    const char *own, const char *const *reserved, size_t reserved_count, const char *address, char *room, size_t size);

/* Gives the value of a request's field, or NULL; names are small letters. The text must stay until the next call. */
typedef const char *(*usher_field)(const char *name, void *data);

/* Who waits for the answer to a request. */
enum {
    USHER_KIND_PAGE = 1,        /* a page is loaded into a tab */
    USHER_KIND_FRAME = 2,       /* a page is loaded into a frame */
    USHER_KIND_BACKGROUND = 3,  /* a script, an image or a program, which must see a status and no login page */
    USHER_KIND_WEB_SOCKET = 4,
    USHER_KIND_EVENT_STREAM = 5,
    USHER_KIND_PREFLIGHT = 6    /* a browser asks whether a script of another origin may ask */
};

/* The kind of a request; 0 if an argument is wrong. */
int usher_request_kind(const char *method, usher_field field, void *data);

/* 1 if a request that needs a login is answered with a redirect to it: a page by GET or HEAD. All others get 401. */
int usher_redirects_to_login(int kind, const char *method);

/* What the browser's fields say about the page that caused a request. Check the form's text as well. */
enum {
    USHER_FETCH_HARMLESS = 1,     /* GET, HEAD or OPTIONS */
    USHER_FETCH_OWN_PAGE = 2,
    USHER_FETCH_USER = 3,         /* a bookmark, or the address typed */
    USHER_FETCH_TRUSTED_PAGE = 4, /* a page of a trusted origin */
    USHER_FETCH_UNKNOWN = 5,      /* an old browser, or none: the form's text decides */
    USHER_FETCH_REFUSED = 6       /* answer 403 */
};

/* The verdict about a request; USHER_FETCH_REFUSED if an argument is wrong. */
int usher_fetch_verdict(
    const char *own, const char *const *trusted, size_t trusted_count, const char *method, usher_field field,
    void *data);

/* 1 if the fields alone prove that a page of this tool caused the request, which is enough for a login form. */
int usher_proves_own_page(const char *own, usher_field field, void *data);

/*
 * The header fields to send with a page that has a form, in order; *count is set to their number. They stay valid for
 * the life of the process.
 */
const usher_pair *usher_page_headers(size_t *count);

/* Writes the part of a User-Agent field that a login's context keeps: no control characters, at most 200 bytes. */
size_t usher_user_agent(const char *text, char *room, size_t size);

#ifdef __cplusplus
}
#endif

#endif
