// The account database with a time limit: a thread of its own asks, and is left where it is when the time is over.
#include "CLinux.h"

#include <errno.h>
#include <poll.h>
#include <pwd.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct usher_question {
    char name[257];
    struct usher_account account;
    int found;
    int error;
    int told;
};

static void usher_keep_texts(struct usher_account *account, const struct passwd *entry) {
    const char *texts[] = {entry->pw_passwd, entry->pw_dir, entry->pw_shell};
    size_t size = 0;
    for (int text = 0; text < 3; text++) {
        const char *source = texts[text] ? texts[text] : "";
        const size_t length = strlen(source) + 1;
        if (length > sizeof account->texts - size) return;
        memcpy(account->texts + size, source, length);
        size += length;
    }
    account->size = size;
}

static void *usher_ask(void *context) {
    struct usher_question *question = context;
    const size_t size = 1 << 20;
    char *buffer = malloc(size);
    struct passwd entry, *found = NULL;
    question->error = buffer ? getpwnam_r(question->name, &entry, buffer, size, &found) : ENOMEM;
    if (question->error == 0 && found && strlen(found->pw_name) < sizeof question->account.name) {
        strcpy(question->account.name, found->pw_name);
        question->account.uid = found->pw_uid;
        question->account.gid = found->pw_gid;
        usher_keep_texts(&question->account, found);
        question->found = 1;
    }
    free(buffer);
    if (write(question->told, "", 1) < 0) {}
    return NULL;
}

// Starts the thread with all signals blocked: they are the main thread's. Returns 0 or an error number.
static int usher_start_asking(pthread_t *thread, struct usher_question *question) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(thread, NULL, usher_ask, question);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error;
}

static int usher_wait_readable(int end, int milliseconds) {
    struct pollfd wait = {.fd = end, .events = POLLIN};
    int ready;
    do ready = poll(&wait, 1, milliseconds);
    while (ready < 0 && errno == EINTR);
    return ready == 1;
}

int usher_find_account(const char *name, struct usher_account *account, int milliseconds) {
    struct usher_question *question = calloc(1, sizeof *question);
    int ends[2];
    if (!question || strlen(name) >= sizeof question->name || pipe2(ends, O_CLOEXEC) != 0) {
        free(question);
        return -1;
    }
    strcpy(question->name, name);
    question->told = ends[1];
    pthread_t thread;
    int error = usher_start_asking(&thread, question);
    // A thread that has not answered keeps the question and the pipe.
    if (error == 0 && !usher_wait_readable(ends[0], milliseconds)) {
        errno = ETIMEDOUT;
        return -1;
    }
    if (error == 0) {
        pthread_join(thread, NULL);
        error = question->error;
    }
    int found = question->found;
    *account = question->account;
    close(ends[0]);
    close(ends[1]);
    free(question);
    errno = error;
    return error == 0 ? found : -1;
}
