// libpam, Linux-PAM 1.4 and later (pam_start_confdir).
// GNU declarations as in CLinux: one process must not see two versions of a C type.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include <security/pam_appl.h>
#include <security/pam_ext.h>
