// A PAM module for development: checks passwords against a file of its own, as any user. Nothing to include: libpam
// loads it by its path and calls pam_sm_authenticate and its like (pam_sm_authenticate(3)).
