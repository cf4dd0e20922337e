// libcrypt (libxcrypt 4): crypt(5) hashes for the users file of the embedded default, and for the work of refusals.
#include <crypt.h>
