// Stands in for another module, in the copy of a stack that usher-pam-doctor runs:
//     TYPE CONTROL pam_usher_trace.so TAG MODULE ARGUMENTS...
// loads MODULE, hands everything on to it and writes two lines to standard error, "TAG PHASE >" before it runs and
// "TAG PHASE CODE" when it has returned, so that a module that never returns is seen as well. Where it cannot be loaded the
// code is PAM_MODULE_UNKNOWN, as libpam has it, and the reason follows. No secret passes through this code by itself.
#define _GNU_SOURCE 1
#include "pam_usher_trace.h"

#include <dlfcn.h>
#include <stdio.h>

#include <security/pam_modules.h>

typedef int service(pam_handle_t *, int, int, const char **);

// Modules leave pointers to their code with the handle, so that they are never unloaded.
static service *load(const char *module, const char *symbol) {
    void *loaded = dlopen(module, RTLD_NOW | RTLD_NODELETE);
    return loaded ? (service *)(__UINTPTR_TYPE__)dlsym(loaded, symbol) : NULL;
}

static int forward(const char *phase, const char *symbol, pam_handle_t *handle, int flags, int argc, const char **argv) {
    if (argc < 2) return PAM_SERVICE_ERR;
    dprintf(2, "%s %s >\n", argv[0], phase);
    service *function = load(argv[1], symbol);
    if (!function) {
        const char *reason = dlerror();
        dprintf(2, "%s %s %d %s\n", argv[0], phase, PAM_MODULE_UNKNOWN, reason ? reason : "");
        return PAM_MODULE_UNKNOWN;
    }
    int code = function(handle, flags, argc - 2, argv + 2);
    dprintf(2, "%s %s %d\n", argv[0], phase, code);
    return code;
}

int pam_sm_authenticate(pam_handle_t *handle, int flags, int argc, const char **argv) {
    return forward("auth", "pam_sm_authenticate", handle, flags, argc, argv);
}

int pam_sm_setcred(pam_handle_t *handle, int flags, int argc, const char **argv) {
    return forward("setcred", "pam_sm_setcred", handle, flags, argc, argv);
}

int pam_sm_acct_mgmt(pam_handle_t *handle, int flags, int argc, const char **argv) {
    return forward("account", "pam_sm_acct_mgmt", handle, flags, argc, argv);
}
