// libsystemd 252 and later: event loop, readiness, socket activation, journal. free(3), as it gives lists away.
#define SD_JOURNAL_SUPPRESS_LOCATION 1
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include <stdlib.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>
#include <systemd/sd-journal.h>
