// The PAM module behind `usherd --dev`: accounts are lines `name:hash` of the file named by `file=/absolute/path`, hashes
// as of crypt(5). It needs no privilege. With `prompt2=TEXT:ANSWER` a second question is asked, to try conversations.
//
// An unknown name costs the same as a known one: it is checked against a hash of the same method and cost, which nothing
// can match. The file must belong to the own uid or root, and nobody else may write it.
#define _GNU_SOURCE 1
#include "pam_usher_dev.h"

#include <crypt.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAM_SM_AUTH
#define PAM_SM_ACCOUNT
#include <security/pam_ext.h>
#include <security/pam_modules.h>
#include <syslog.h>

// A line of the file: a name of 256 bytes and the longest hash of crypt(5), 384 bytes (CRYPT_OUTPUT_SIZE), with room.
enum { LINE = 1024, LINES = 10000 };

// When the file is empty there is no method to imitate: sha512crypt with its default cost.
static const char fallback[] = "$6$usherdevusherdev$";

struct entry {
    bool found;
    char hash[LINE];  // of the name; else of the last line, whose method and cost an unknown name imitates
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

// Takes in one line. Lines without `:` or a hash are skipped.
static void read_line(char *line, const char *name, struct entry *entry) {
    line[strcspn(line, "\r\n")] = 0;
    char *hash = strchr(line, ':');
    if (!hash || entry->found) return;
    *hash++ = 0;
    hash[strcspn(hash, ":")] = 0;
    if (!hash[0]) return;
    entry->found = strcmp(line, name) == 0;
    snprintf(entry->hash, sizeof entry->hash, "%s", hash);
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

static bool second_answer(pam_handle_t *handle, const char *question) {
    char text[LINE], *answer = NULL;
    snprintf(text, sizeof text, "%s", question);
    char *expected = strrchr(text, ':');
    if (!expected) return false;
    *expected++ = 0;
    bool right = pam_prompt(handle, PAM_PROMPT_ECHO_ON, &answer, "%s: ", text) == PAM_SUCCESS && answer
                 && same(answer, expected);
    if (answer) explicit_bzero(answer, strlen(answer));
    free(answer);
    return right;
}

int pam_sm_authenticate(pam_handle_t *handle, int flags, int argc, const char **argv) {
    const char *name, *password, *question = argument(argc, argv, "prompt2=");
    struct entry entry;
    (void)flags;
    if (pam_get_user(handle, &name, NULL) != PAM_SUCCESS) return PAM_SERVICE_ERR;
    int code = pam_get_authtok(handle, PAM_AUTHTOK, &password, "Password: ");
    if (code != PAM_SUCCESS) return code == PAM_CONV_ERR ? code : PAM_AUTH_ERR;
    code = find(handle, argument(argc, argv, "file="), name, &entry);
    if (code != PAM_SUCCESS) return code;
    bool known = entry.found, right = matches(&entry, password);
    explicit_bzero(&entry, sizeof entry);
    if (question && !second_answer(handle, question)) right = false;
    return right ? PAM_SUCCESS : known ? PAM_AUTH_ERR : PAM_USER_UNKNOWN;
}

int pam_sm_acct_mgmt(pam_handle_t *handle, int flags, int argc, const char **argv) {
    const char *name;
    struct entry entry;
    (void)flags;
    if (pam_get_user(handle, &name, NULL) != PAM_SUCCESS) return PAM_SERVICE_ERR;
    int code = find(handle, argument(argc, argv, "file="), name, &entry);
    if (code == PAM_SUCCESS && !entry.found) code = PAM_USER_UNKNOWN;
    explicit_bzero(&entry, sizeof entry);
    return code;
}

int pam_sm_setcred(pam_handle_t *handle, int flags, int argc, const char **argv) {
    (void)handle, (void)flags, (void)argc, (void)argv;
    return PAM_SUCCESS;
}
