/*
 * fence.pml: two losses of the store's memory in a row, and an end that is answered between them.  Host 0 comes to the
 * second epoch, ends the session there, and waits for the fence: until then a lease of the first epoch may run.  Host 1
 * has such a lease; it sleeps through the second epoch, and wakes in the third.
 *
 * Clocks are right here, and a lease is one tick; the margin is the affair of lease.pml.  A run that has been replaced
 * serves nobody (S1).
 *
 * Property: after the end has been answered, host 1 does not say yes (P2, P4).
 */
#define LEASE 2
byte serves;                    /* the run that serves: 0, 1, 2 */
byte lease = LEASE;             /* ticks of host 1's lease */
byte at;                        /* the epoch that host 1 is in */
bit copy = 1, doubt;            /* of host 1 */
byte home;                      /* the epoch that host 0 is in */
byte fence;                     /* ticks until leases of the older epoch are over */
bit fenced;                     /* the fence has been set */
bit told[3];                    /* by run: its stream has the end */
bit asked, answered;
byte beat;                      /* host 0's beat that all have acknowledged: 0 none, 1 sent before the fence was over, 2 later */

#define YES (copy && !doubt && lease > 0)
#define CHECK assert(!(answered && YES))
/* All members of run 1 have acknowledged: host 1 is none, or has heard of the end. */
#define ACKED (told[1] && (at != 1 || copy == 0))

active proctype world() {
    do
    :: d_step { lease > 0 || fence > 0 ->
        if :: lease > 0 -> lease-- :: else fi;
        if :: fence > 0 -> fence-- :: else fi }
    :: d_step { serves < 2 -> serves++ }
    /* host 0 comes to a run, and tells what it knows */
    :: d_step { home < serves -> home = serves; beat = 0; fence = LEASE; told[serves] = asked }
    :: d_step { serves == 1 && home == 1 && !asked -> asked = 1; told[1] = 1 }
    :: d_step { serves == 1 && home == 1 && asked && ACKED && beat < 2 -> beat = (fence == 0 -> 2 : 1) }
#ifdef WITHOUT_beatAfterFence
    :: d_step { home == 1 && beat > 0 && fence == 0 && !answered -> answered = 1; CHECK }
#else
    :: d_step { home == 1 && beat == 2 && fence == 0 && !answered -> answered = 1; CHECK }
#endif
    /* host 1: a beat of its epoch, or the way into a newer one; in doubt it waits for host 0 */
    :: d_step { at == serves && (at > 0 || !told[0]) -> lease = LEASE; if :: told[serves] -> copy = 0 :: else fi; CHECK }
    :: d_step { at < serves ->
        at = serves;
        if :: told[serves] -> copy = 0 :: else fi;
        if :: lease == 0 -> doubt = 1 :: else fi;
        CHECK }
    :: d_step { doubt && at == serves && home == serves -> doubt = 0; if :: told[serves] -> copy = 0 :: else fi; CHECK }
#ifdef REACH
#if REACH == 1                  /* answered by a run that is replaced, and host 1 comes to its successor with the session */
    :: d_step { answered && serves == 2 && at == 2 && copy -> assert(false) }
#endif
#endif
    od
}
