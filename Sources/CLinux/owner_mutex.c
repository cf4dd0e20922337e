#include "CLinux.h"

void usher_owner_make(void *mutex) {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(mutex, &attributes);
    pthread_mutexattr_destroy(&attributes);
}

int usher_owner_take(void *mutex) {
    pthread_mutex_t fresh, *owner = mutex;
    usher_owner_make(&fresh);
    if (owner->__data.__kind != fresh.__data.__kind) return EINVAL;
    int result = pthread_mutex_trylock(owner);
    if (result == EOWNERDEAD) return pthread_mutex_consistent(owner);
    return result;
}
