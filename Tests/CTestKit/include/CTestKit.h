// What tests ask of the kernel and the C library does not offer.
#ifndef CTESTKIT_H
#define CTESTKIT_H

#include <sys/types.h>

// setresuid(2) for the effective uid of this thread alone; seteuid(3) sets that of all threads.
int usher_act_as(uid_t uid);

#endif
