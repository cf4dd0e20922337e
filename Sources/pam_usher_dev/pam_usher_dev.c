// The PAM module behind `usherd --dev`. The argument `file=/absolute/path` names a file with an account a line:
//
//     name:hash[:otp=CODE][:expired]
//
// The hash is one of crypt(5). An account with `otp=` is asked for that code after the password, the same one each time.
// An account with `expired` must change its password, which writes the file anew and takes `expired` away. The module
// needs no privilege.
//
// An unknown name costs the same as a known one: it is treated as the last account of the file, with a hash that nothing
// can match. The file must belong to the process's uid or root, and nobody else may write it.
#define _GNU_SOURCE 1
#include "pam_usher_dev.h"

#include <crypt.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAM_SM_AUTH
#define PAM_SM_ACCOUNT
#define PAM_SM_PASSWORD
#include <security/pam_ext.h>
#include <security/pam_modules.h>
#include <syslog.h>

// A line of the file: a name of 256 bytes and the longest hash of crypt(5), 384 bytes (CRYPT_OUTPUT_SIZE), with room.
enum { LINE = 1024, LINES = 10000 };

// When the file is empty there is no method to imitate: sha512crypt with its default cost.
static const char fallback[] = "$6$usherdevusherdev$";

// The account of a name; else the last one of the file, which an unknown name imitates.
struct entry {
    bool found, expired;
    char hash[LINE], code[LINE];
};

static const char *argument(int argc, const char **argv, const char *name) {
    size_t length = strlen(name);
    for (int i = 0; i < argc; i++)
        if (strncmp(argv[i], name, length) == 0) return argv[i] + length;
    return NULL;
}

static FILE *open_users(pam_handle_t *handle, const char *path) {
    struct stat status;
    int fd = path && path[0] == '/' ? open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK) : -1;
    if (fd < 0) {
        pam_syslog(handle, LOG_ERR, "the users file cannot be opened");
        return NULL;
    }
    bool trusted = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && (status.st_mode & (S_IWGRP | S_IWOTH)) == 0
                   && (status.st_uid == 0 || status.st_uid == geteuid());
    FILE *file = trusted ? fdopen(fd, "re") : NULL;
    if (!trusted) pam_syslog(handle, LOG_ERR, "the users file may be written by others");
    if (!file) close(fd);
    return file;
}

// The fields behind the hash. Unknown ones are skipped.
static void read_fields(char *fields, struct entry *entry) {
    for (char *field; (field = strsep(&fields, ":"));) {
        if (strcmp(field, "expired") == 0) entry->expired = true;
        if (strncmp(field, "otp=", 4) == 0) snprintf(entry->code, sizeof entry->code, "%s", field + 4);
    }
}

// Takes in one line. Lines without `:` or a hash are skipped.
static void read_line(char *line, const char *name, struct entry *entry) {
    line[strcspn(line, "\r\n")] = 0;
    char *rest = strchr(line, ':');
    if (!rest || entry->found) return;
    *rest++ = 0;
    char *hash = strsep(&rest, ":");
    if (!hash[0]) return;
    memset(entry, 0, sizeof *entry);
    entry->found = strcmp(line, name) == 0;
    snprintf(entry->hash, sizeof entry->hash, "%s", hash);
    read_fields(rest, entry);
}

// PAM_SUCCESS whether the name is there or not; PAM_AUTHINFO_UNAVAIL where the file cannot be used.
static int find(pam_handle_t *handle, const char *path, const char *name, struct entry *entry) {
    char line[LINE];
    memset(entry, 0, sizeof *entry);
    FILE *file = open_users(handle, path);
    if (!file) return PAM_AUTHINFO_UNAVAIL;
    for (int count = 0; count < LINES && fgets(line, sizeof line, file); count++) {
        bool whole = strchr(line, '\n') || feof(file);
        if (whole) read_line(line, name, entry);
        while (!whole && fgets(line, sizeof line, file)) whole = strchr(line, '\n') != NULL;
    }
    explicit_bzero(line, sizeof line);
    fclose(file);
    return PAM_SUCCESS;
}

// Compares in a time that depends on the lengths alone.
static bool same(const char *left, const char *right) {
    size_t length = strlen(left);
    unsigned char difference = 0;
    if (length != strlen(right)) return false;
    for (size_t i = 0; i < length; i++) difference |= (unsigned char)(left[i] ^ right[i]);
    return difference == 0;
}

// Whether `password` has the hash of `entry`. Hashes even for unknown names, and refuses those.
static bool matches(const struct entry *entry, const char *password) {
    struct crypt_data *data = calloc(1, sizeof *data);
    if (!data) return false;
    const char *hash = crypt_r(password, entry->hash[0] ? entry->hash : fallback, data);
    bool match = hash && hash[0] != '*' && same(hash, entry->hash) && entry->found;
    explicit_bzero(data, sizeof *data);
    free(data);
    return match;
}

static bool knows_code(pam_handle_t *handle, const char *code) {
    char *answer = NULL;
    bool right = pam_prompt(handle, PAM_PROMPT_ECHO_ON, &answer, "One-time code: ") == PAM_SUCCESS && answer
                 && same(answer, code);
    if (answer) explicit_bzero(answer, strlen(answer));
    free(answer);
    return right;
}

int pam_sm_authenticate(pam_handle_t *handle, int flags, int argc, const char **argv) {
    const char *name, *password;
    struct entry entry;
    (void)flags;
    if (pam_get_user(handle, &name, NULL) != PAM_SUCCESS) return PAM_SERVICE_ERR;
    int code = pam_get_authtok(handle, PAM_AUTHTOK, &password, "Password: ");
    if (code != PAM_SUCCESS) return code == PAM_CONV_ERR ? code : PAM_AUTH_ERR;
    code = find(handle, argument(argc, argv, "file="), name, &entry);
    if (code != PAM_SUCCESS) return code;
    bool known = entry.found, right = matches(&entry, password);
    if (entry.code[0] && !knows_code(handle, entry.code)) right = false;
    explicit_bzero(&entry, sizeof entry);
    return right ? PAM_SUCCESS : known ? PAM_AUTH_ERR : PAM_USER_UNKNOWN;
}

int pam_sm_acct_mgmt(pam_handle_t *handle, int flags, int argc, const char **argv) {
    const char *name;
    struct entry entry;
    (void)flags;
    if (pam_get_user(handle, &name, NULL) != PAM_SUCCESS) return PAM_SERVICE_ERR;
    int code = find(handle, argument(argc, argv, "file="), name, &entry);
    if (code == PAM_SUCCESS && !entry.found) code = PAM_USER_UNKNOWN;
    if (code == PAM_SUCCESS && entry.expired) code = PAM_NEW_AUTHTOK_REQD;
    explicit_bzero(&entry, sizeof entry);
    return code;
}

int pam_sm_setcred(pam_handle_t *handle, int flags, int argc, const char **argv) {
    (void)handle, (void)flags, (void)argc, (void)argv;
    return PAM_SUCCESS;
}

// Writes the line of the account with its new hash and without `expired`.
static bool write_changed(FILE *to, const char *name, const char *hash, const struct entry *entry) {
    int count = entry->code[0] ? fprintf(to, "%s:%s:otp=%s\n", name, hash, entry->code)
                               : fprintf(to, "%s:%s\n", name, hash);
    return count > 0;
}

// Copies the file, but for the first line of the account.
static bool copy_lines(FILE *from, FILE *to, const char *name, const char *hash, const struct entry *entry) {
    char *line = NULL;
    size_t room = 0, length = strlen(name);
    bool changed = false, good = true;
    while (good && getline(&line, &room, from) > 0) {
        bool other = changed || strncmp(line, name, length) != 0 || line[length] != ':';
        good = other ? fputs(line, to) >= 0 : write_changed(to, name, hash, entry);
        changed |= !other;
    }
    if (line) explicit_bzero(line, room);
    free(line);
    return good && !ferror(from);
}

// Puts a file with the new hash in the place of `path`. `path.new` is the lock: two changes at once cannot both make it.
static int replace(pam_handle_t *handle, const char *path, const char *name, const char *hash, const struct entry *entry) {
    char *fresh = NULL;
    if (asprintf(&fresh, "%s.new", path) < 0) return PAM_BUF_ERR;
    int fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600), cause = errno;
    FILE *to = fd < 0 ? NULL : fdopen(fd, "we"), *from = to ? open_users(handle, path) : NULL;
    bool good = from && copy_lines(from, to, name, hash, entry);
    if (from) fclose(from);
    if (to) good = fclose(to) == 0 && good;
    good = good && rename(fresh, path) == 0;
    if (!good && fd >= 0) unlink(fresh);
    free(fresh);
    return good ? PAM_SUCCESS : fd < 0 && cause == EEXIST ? PAM_AUTHTOK_LOCK_BUSY : PAM_AUTHTOK_ERR;
}

static int change(pam_handle_t *handle, const char *path, const char *name, const char *password, struct entry *entry) {
    struct crypt_data *data = calloc(1, sizeof *data);
    char salt[CRYPT_GENSALT_OUTPUT_SIZE];
    bool ready = data && crypt_gensalt_rn("$6$", 0, NULL, 0, salt, sizeof salt);
    const char *hash = ready ? crypt_r(password, salt, data) : NULL;
    int code = hash && hash[0] != '*' ? replace(handle, path, name, hash, entry) : PAM_AUTHTOK_ERR;
    if (data) explicit_bzero(data, sizeof *data);
    free(data);
    return code;
}

// The first pass (PAM_PRELIM_CHECK) looks whether there is such an account, the second one asks for the new password. The
// password from before is refused, so that a tool can try a change that fails.
int pam_sm_chauthtok(pam_handle_t *handle, int flags, int argc, const char **argv) {
    const char *name, *password, *path = argument(argc, argv, "file=");
    struct entry entry;
    if (pam_get_user(handle, &name, NULL) != PAM_SUCCESS) return PAM_SERVICE_ERR;
    int code = find(handle, path, name, &entry);
    if (code == PAM_SUCCESS && !entry.found) code = PAM_USER_UNKNOWN;
    bool wanted = code == PAM_SUCCESS && !(flags & PAM_PRELIM_CHECK)
                  && (entry.expired || !(flags & PAM_CHANGE_EXPIRED_AUTHTOK));
    if (wanted) code = pam_get_authtok(handle, PAM_AUTHTOK, &password, NULL);
    if (wanted && code == PAM_SUCCESS && matches(&entry, password)) {
        pam_error(handle, "The new password is the one from before.");
        code = PAM_AUTHTOK_ERR;
    }
    if (wanted && code == PAM_SUCCESS) code = change(handle, path, name, password, &entry);
    explicit_bzero(&entry, sizeof entry);
    return code;
}
