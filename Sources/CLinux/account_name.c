// The account database with a time limit: a thread of its own asks, and is left where it is when the time is over.
#include "CLinux.h"

#include <poll.h>
#include <pwd.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct usher_question {
    char name[257];
    char answer[257];
    int found;
    int told;
};

static void *usher_ask(void *context) {
    struct usher_question *question = context;
    const size_t size = 1 << 20;
    char *buffer = malloc(size);
    struct passwd entry, *found = NULL;
    if (buffer && getpwnam_r(question->name, &entry, buffer, size, &found) == 0 && found
        && strlen(found->pw_name) < sizeof question->answer) {
        strcpy(question->answer, found->pw_name);
        question->found = 1;
    }
    free(buffer);
    if (write(question->told, "", 1) < 0) {}
    return NULL;
}

int usher_account_name(const char *name, char answer[257], int milliseconds) {
    struct usher_question *question = calloc(1, sizeof *question);
    int ends[2];
    if (!question || strlen(name) >= sizeof question->name || pipe2(ends, O_CLOEXEC) != 0) {
        free(question);
        return 0;
    }
    strcpy(question->name, name);
    question->told = ends[1];
    pthread_t thread;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int begun = pthread_create(&thread, NULL, usher_ask, question) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    struct pollfd wait = {.fd = ends[0], .events = POLLIN};
    // A thread that has not answered keeps the question and the pipe.
    if (begun && poll(&wait, 1, milliseconds) != 1) return 0;
    if (begun) pthread_join(thread, NULL);
    int found = question->found;
    if (found) strcpy(answer, question->answer);
    close(ends[0]);
    close(ends[1]);
    free(question);
    return found;
}
