// libsystemd 252 and later: event loop, readiness, socket activation, journal.
// GNU declarations as in CLinux: one process must not see two versions of a C type.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#define SD_JOURNAL_SUPPRESS_LOCATION 1
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>
#include <systemd/sd-journal.h>
