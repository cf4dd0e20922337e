/* Cookies, forms and requests, as a web tool uses them. Needs no daemon. */
#include "check.h"

#define TOKEN "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define OTHER "BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define ORIGIN "https://wiki.corp.example"

static void cookie(void) {
    char room[300], token[USHER_TOKEN_SIZE];
    CHECK(usher_cookie_set(NULL, TOKEN, 60, room, sizeof room) == strlen(room));
    CHECK(strstr(room, "__Host-session=" TOKEN ";") == room && strstr(room, "Max-Age=60") && strstr(room, "HttpOnly"));
    CHECK(usher_cookie_set("wiki", TOKEN, -1, room, sizeof room) > 0 && strstr(room, "__Host-wiki=") == room);
    CHECK(strstr(room, "Max-Age") == NULL);
    size_t whole = usher_cookie_delete(NULL, room, sizeof room);
    CHECK(whole == strlen(room) && strstr(room, "__Host-session=;") == room && strstr(room, "Max-Age=0"));
    CHECK(usher_cookie_delete(NULL, room, 5) == whole && strcmp(room, "__Ho") == 0);
    CHECK(usher_cookie_delete(NULL, NULL, 0) == whole);
    const char *fields[] = {"a=b", "c=d; __Host-session=" TOKEN}, *twice[] = {fields[1], "__Host-session=" TOKEN};
    CHECK(usher_cookie_read(NULL, fields, 2, token) == USHER_COOKIE_TOKEN && strcmp(token, TOKEN) == 0);
    CHECK(usher_cookie_read("wiki", fields, 2, token) == USHER_COOKIE_NONE && *token == 0);
    CHECK(usher_cookie_read(NULL, twice, 2, token) == USHER_COOKIE_SEVERAL && *token == 0);
}

static void forms(void) {
    char text[USHER_FORM_TEXT_SIZE], again[USHER_FORM_TEXT_SIZE], room[300];
    CHECK(usher_csrf_text(TOKEN, NULL, text) == 1 && strlen(text) == USHER_FORM_TEXT_SIZE - 1);
    CHECK(usher_csrf_text(TOKEN, "delete", again) == 1 && strcmp(text, again) != 0);
    CHECK(usher_csrf_accepts(TOKEN, NULL, text) == 1 && usher_csrf_accepts(OTHER, NULL, text) == 0);
    CHECK(usher_csrf_accepts(TOKEN, "delete", again) == 1 && usher_csrf_accepts(TOKEN, NULL, again) == 0);
    CHECK(usher_login_csrf_text(NULL, 0, text, room, sizeof room) == 1 && *room != 0);
    *strchr(room, ';') = 0;
    const char *shown[] = {room};
    CHECK(usher_login_csrf_accepts(shown, 1, text) == 1 && usher_login_csrf_accepts(shown, 1, again) == 0);
    char setting[300];
    CHECK(usher_login_csrf_text(shown, 1, again, setting, sizeof setting) == 1 && *setting == 0);
    CHECK(usher_login_csrf_accepts(shown, 1, again) == 1);
    CHECK(usher_login_csrf_delete(setting, sizeof setting) == strlen(setting) && strstr(setting, "Max-Age=0"));
    CHECK(strncmp(setting, room, (size_t)(strchr(room, '=') - room)) == 0);
}

static void addresses(void) {
    char room[300];
    const char *reserved[] = {"/login"};
    CHECK(usher_origin("https://Wiki.Corp.example:443", 0, room, sizeof room) == strlen(ORIGIN));
    CHECK(strcmp(room, ORIGIN) == 0);
    CHECK(usher_origin("http://localhost:8080", 0, room, sizeof room) == 0);
    CHECK(usher_origin("http://localhost:8080", 1, room, sizeof room) > 0);
    CHECK(usher_return_to(ORIGIN, reserved, 1, "/page?a=1", room, sizeof room) == (int)strlen(ORIGIN "/page?a=1"));
    CHECK(strcmp(room, ORIGIN "/page?a=1") == 0);
    CHECK(usher_return_to(ORIGIN, reserved, 1, "/login?x", room, sizeof room) == USHER_RETURN_RESERVED);
    CHECK(usher_return_to(ORIGIN, reserved, 1, "/login-history", room, sizeof room) > 0);
    CHECK(usher_return_to(ORIGIN, reserved, 1, "//evil.example", room, sizeof room) == USHER_RETURN_FOREIGN);
    CHECK(usher_return_to(ORIGIN, reserved, 1, "/a\nb", room, sizeof room) == USHER_RETURN_BYTES);
    CHECK(usher_user_agent("Mozilla\x01/5.0", room, sizeof room) == strlen(room) && strstr(room, "\x01") == NULL);
}

/* The fields of a request: names and values, in turn, up to NULL. */
static const char *field(const char *name, void *data) {
    for (const char **pair = data; *pair; pair += 2)
        if (strcmp(*pair, name) == 0) return pair[1];
    return NULL;
}

static void requests(void) {
    const char *page[] = {"sec-fetch-mode", "navigate", "sec-fetch-dest", "document", NULL};
    const char *script[] = {"sec-fetch-mode", "cors", "sec-fetch-dest", "empty", NULL};
    const char *own[] = {"origin", ORIGIN, "sec-fetch-site", "same-origin", NULL};
    const char *foreign[] = {"origin", "https://evil.example", "sec-fetch-site", "cross-site", NULL};
    const char *trusted[] = {"https://evil.example"};
    CHECK(usher_request_kind("GET", field, page) == USHER_KIND_PAGE);
    CHECK(usher_request_kind("GET", field, script) == USHER_KIND_BACKGROUND);
    CHECK(usher_redirects_to_login(USHER_KIND_PAGE, "GET") == 1);
    CHECK(usher_redirects_to_login(USHER_KIND_PAGE, "POST") == 0);
    CHECK(usher_redirects_to_login(USHER_KIND_BACKGROUND, "GET") == 0);
    CHECK(usher_fetch_verdict(ORIGIN, NULL, 0, "GET", field, foreign) == USHER_FETCH_HARMLESS);
    CHECK(usher_fetch_verdict(ORIGIN, NULL, 0, "POST", field, own) == USHER_FETCH_OWN_PAGE);
    CHECK(usher_fetch_verdict(ORIGIN, NULL, 0, "POST", field, foreign) == USHER_FETCH_REFUSED);
    CHECK(usher_fetch_verdict(ORIGIN, trusted, 1, "POST", field, foreign) == USHER_FETCH_TRUSTED_PAGE);
    CHECK(usher_proves_own_page(ORIGIN, field, own) == 1 && usher_proves_own_page(ORIGIN, field, foreign) == 0);
    size_t count = 0;
    const usher_pair *headers = usher_page_headers(&count);
    int hidden = 0;
    for (size_t index = 0; index < count; index++) {
        CHECK(strlen(headers[index].name) == headers[index].name_size);
        hidden |= strcmp(headers[index].name, "x-frame-options") == 0 && strcmp(headers[index].value, "DENY") == 0;
    }
    CHECK(hidden);
}

int main(void) {
    cookie();
    forms();
    addresses();
    requests();
    puts("web: passed");
    return 0;
}
