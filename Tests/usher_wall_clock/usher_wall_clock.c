// A wall clock that a test sets, for the programs into which it is loaded (ld.so(8), LD_PRELOAD): the 8 bytes of the file
// that USHER_WALL_CLOCK names are seconds that CLOCK_REALTIME is ahead. The other clocks are the kernel's. A time
// namespace has no wall clock of its own, and the machine's is not a test's to set.
#define _GNU_SOURCE 1
#include "usher_wall_clock.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

typedef int (*reading)(clockid_t, struct timespec *);

static _Atomic int64_t *ahead;
static reading kernels;

__attribute__((constructor)) static void find(void) {
    const char *path = getenv("USHER_WALL_CLOCK");
    kernels = (reading)dlsym(RTLD_NEXT, "clock_gettime");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *page = mmap(NULL, sizeof *ahead, PROT_READ, MAP_SHARED, file, 0);
    close(file);
    if (page != MAP_FAILED) ahead = page;
}

static time_t seconds_ahead(void) { return ahead ? (time_t)atomic_load(ahead) : 0; }

int clock_gettime(clockid_t clock, struct timespec *now) {
    int code = kernels ? kernels(clock, now) : (int)syscall(SYS_clock_gettime, clock, now);
    if (code == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += seconds_ahead();
    return code;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    struct timespec time;
    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &time) < 0) return -1;
    *now = (struct timeval){time.tv_sec, time.tv_nsec / 1000};
    return 0;
}

time_t time(time_t *copy) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (copy) *copy = now.tv_sec;
    return now.tv_sec;
}
