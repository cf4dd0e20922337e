/*
 * ordinal.pml: two lines of epochs that know nothing of each other. The store loses all that it has; a host opens it that
 * has slept through epochs which another one remembers.  Host 0 logs somebody in and ends nothing, host 1 ends all
 * sessions.  A host accepts sessions only while it is a member (leases are the affair of lease.pml).
 *
 * Property: host 0 does not accept a session that was put before an end of all that has been answered (P2, P4).
 */
#define LOSSES 2
#define LAST 3                  /* numbers of an epoch */

byte ordinal, n;                /* the store; no ordinal: nobody has opened it */
byte endOrdinal, endNumber;     /* the last end of all */
byte known[2];                  /* the ordinal of the epoch in which a host was last */
bit member[2];
byte copyOrdinal, copyNumber;   /* the stamp of the copy that host 0 holds */
byte puts, ends, losses;        /* when the copy was put, in the order of all puts and ends; the last end answered */
byte order;

#define BELOW (copyOrdinal < endOrdinal || copyOrdinal == endOrdinal && copyNumber < endNumber)
#define CHECK assert(!(member[0] && copyOrdinal && puts < ends))

active proctype world() {
    byte clock;
    do
    /* an end that a later loss takes away is told again by host 1, which login.pml has; who never comes back is S2's affair */
    :: d_step { losses < LOSSES && !ends -> losses++;
        ordinal = 0; n = 0; endOrdinal = 0; endNumber = 0; member[0] = 0; member[1] = 0 }
    /* the store's clock may say anything: it moves, and is set back */
    :: clock < 3 && ordinal == 0 -> clock++
    :: clock > 0 && ordinal == 0 -> clock--
    :: d_step { ordinal == 0 -> n = 1; ordinal = (clock > known[0] + 1 -> clock : known[0] + 1) }
    :: d_step { ordinal == 0 -> n = 1; ordinal = (clock > known[1] + 1 -> clock : known[1] + 1) }
    :: d_step { ordinal && !member[0] ->
#ifndef WITHOUT_behindDropsCopies
        if
        :: known[0] >= ordinal -> copyOrdinal = 0; copyNumber = 0
        :: else
        fi;
#endif
        if
        :: endOrdinal && BELOW -> copyOrdinal = 0; copyNumber = 0
        :: else
        fi;
        member[0] = 1; known[0] = ordinal; CHECK }
    :: d_step { ordinal && !member[1] -> member[1] = 1; known[1] = ordinal }
    /* other entries, a login, an end of all: it is answered once host 0 has it or is no member */
    :: d_step { ordinal && n < LAST -> n++ }
    :: d_step { member[0] && order < 6 -> order++; copyOrdinal = ordinal; copyNumber = n; puts = order }
    :: d_step { member[1] && n < LAST && order < 6 -> order++; n++;
        endOrdinal = ordinal; endNumber = n; ends = order;
        if
        :: member[0] && copyOrdinal && BELOW -> copyOrdinal = 0; copyNumber = 0
        :: else
        fi;
        CHECK }
#ifdef REACH
#if REACH == 1                  /* host 0 keeps its session through an empty restart that host 1 has opened */
    :: d_step { losses && member[0] && copyOrdinal && copyOrdinal < ordinal -> assert(false) }
#endif
#endif
    od
}
