// libpam, Linux-PAM 1.4 and later (pam_start_confdir).
#include <security/pam_appl.h>
#include <security/pam_ext.h>
