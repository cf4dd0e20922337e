// A module that stands in for another one and tells what it returned; see pam_usher_trace.c.
