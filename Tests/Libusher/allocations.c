/* A validation that memory answers allocates nothing. Counts what the process allocates: not for AddressSanitizer. */
#define _GNU_SOURCE 1
#include <stdatomic.h>

#include "check.h"

/* glibc's own names of what is replaced here. */
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

/* Of this thread alone: the library's own thread goes on meanwhile. */
static _Thread_local unsigned count;

void *malloc(size_t size) {
    count++;
    return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
    count++;
    return __libc_calloc(number, size);
}

void *realloc(void *memory, size_t size) {
    count++;
    return __libc_realloc(memory, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
    count++;
    *memory = __libc_memalign(alignment, size);
    return *memory ? 0 : 12;
}

void *aligned_alloc(size_t alignment, size_t size) {
    count++;
    return __libc_memalign(alignment, size);
}

int main(void) {
    char token[USHER_TOKEN_SIZE];
    usher *client = opened(0);
    log_in(client, token);
    CHECK(count > 0 && is_valid(client, token));
    count = 0;
    for (int index = 0; index < 1000; index++) {
        usher_session *remembered = usher_remembered(client, token, 1), *valid = usher_validate(client, token, 1, NULL);
        CHECK(remembered != NULL && valid != NULL);
        usher_session_free(remembered);
        usher_session_free(valid);
    }
    CHECK(count == 0);
    usher_close(client);
    puts("allocations: passed");
    return 0;
}
