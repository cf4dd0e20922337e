// libpam, Linux-PAM 1.4 and later (pam_start_confdir); calloc(3) and free(3), as libpam owns the answers that it is given.
#include <security/pam_appl.h>
#include <security/pam_ext.h>
#include <stdlib.h>
