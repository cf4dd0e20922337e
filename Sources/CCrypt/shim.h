// libcrypt (libxcrypt 4): crypt(5) hashes for the users file of the embedded default.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include <crypt.h>
