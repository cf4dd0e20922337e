/*
 * twin.pml: two machines with the id of one member: one is a copy of the other, made before and started later.  Each counts
 * its beats on from what it knows.  A third host ends a session, and waits until the member has acknowledged that.
 *
 * A call may be lost; who has lost one reads the stream and joins, with the next number.  Who is refused a number takes
 * another id, and its affairs are no longer those of this model.
 *
 * Property: no lease is extended of a machine that has not taken up an end that has been answered.  So a session that has
 * ended is accepted there for the rest of one lease at most; there is no more to promise for two machines with one id.
 */
#define LAST 6
byte number = 1;                /* the last that the store has had of the member */
byte count[2] = 1;              /* the last that a machine has used */
bit runs[2];
bit out[2];                     /* it must join, before it beats */
bit asked, answered, acknowledged;
bit taken[2];                   /* the machine has taken up the end */

#ifdef WITHOUT_beatOnce
#define FRESH(h) 1
#else
#define FRESH(h) (count[h] > number)
#endif

#define MACHINE(h) \
    :: d_step { runs[h] && asked && !taken[h] -> taken[h] = 1 } \
    /* a beat: its lease is extended, or there is another machine of this member */ \
    :: d_step { runs[h] && !out[h] && count[h] < LAST -> count[h]++; \
        if \
        :: FRESH(h) -> number = count[h]; acknowledged = acknowledged | taken[h]; assert(taken[h] || !answered) \
        :: else -> runs[h] = 0 \
        fi } \
    /* a join: it has read the stream before */ \
    :: d_step { runs[h] && out[h] && count[h] < LAST -> count[h]++; taken[h] = asked; \
        if \
        :: FRESH(h) -> number = count[h]; out[h] = 0; acknowledged = acknowledged | taken[h] \
        :: else -> runs[h] = 0 \
        fi } \
    :: d_step { runs[h] && count[h] < LAST -> count[h]++; out[h] = 1 }

active proctype world() {
    runs[0] = 1;
    do
    MACHINE(0)
    MACHINE(1)
    :: d_step { !runs[1] && !out[1] && count[1] == 1 -> runs[1] = 1; out[1] = 1 }
    :: d_step { !asked -> asked = 1 }
    :: d_step { acknowledged && !answered -> answered = 1 }
#ifdef REACH
#if REACH == 1                  /* the copy is the member, and the machine that it was copied from is not */
    :: d_step { answered && runs[1] && !out[1] && !runs[0] -> assert(false) }
#endif
#endif
    od
}
