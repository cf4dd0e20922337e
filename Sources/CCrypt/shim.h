// libcrypt (libxcrypt 4): crypt(5) hashes for the users file of the embedded default.
#include <crypt.h>
