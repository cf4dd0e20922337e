/*
 * forget.pml: an administrator says to a host that a member is gone, and the word is on its way to the store while the
 * member comes back.  The host sees the member's beats, and expels it once it has been silent for a lease and a margin.
 * Another host ends a session, and waits for all members.
 *
 * Property: the member accepts nothing by its lease that it does not know to have ended, once that is answered (P2).
 */
#define LAST 3
bit member = 1;                 /* by the store */
byte count;                     /* of the member's beats */
bit lease = 1;                  /* the member's lease runs */
byte seen;                      /* the beats that the host has seen */
bit silent;                     /* for so long that the lease of the last beat that was seen is over */
bit expels;                     /* the host's beat, which expels, is on its way, and compares this count: */
byte compared;
bit word;                       /* the administrator's word is on its way */
bit asked, answered;
bit taken;                      /* the member has taken up the end */

#define CHECK assert(!(lease && answered && !taken))

active proctype world() {
    do
    /* a beat of the member: its lease is extended, unless it was expelled */
    :: d_step { member && count < LAST -> count++; lease = 1; CHECK }
    :: d_step { lease -> lease = 0 }
    /* it takes up the end from the stream; who comes back reads the stream and joins */
    :: d_step { asked && !taken -> taken = 1 }
    :: d_step { !member && !lease && count < LAST -> count++; member = 1; taken = asked }
    /* the host sees a beat, or that none has come */
    :: d_step { seen != count -> seen = count; silent = 0 }
    :: d_step { seen == count && !lease && !silent -> silent = 1 }
    :: d_step { silent && !expels -> expels = 1; compared = seen }
    :: d_step { expels -> expels = 0; member = member && count != compared }
#ifdef WITHOUT_forgetNoMember
    :: d_step { silent && !word -> word = 1 }
    :: d_step { word -> word = 0; member = 0 }
#else
    /* it says so of no member, and of one that has joined since the store does not believe it */
    :: d_step { !member && !word -> word = 1 }
    :: d_step { word -> word = 0 }
#endif
    :: d_step { !asked -> asked = 1 }
    :: d_step { asked && !answered && (taken || !member) -> answered = 1; CHECK }
#ifdef REACH
#if REACH == 1                  /* an end is answered that an expelled host has not taken up; the word is on its way */
    :: d_step { answered && !taken && !member && word -> assert(false) }
#elif REACH == 2                /* the word comes to the store after the host that it is about */
    :: d_step { word && member && lease -> assert(false) }
#endif
#endif
    od
}
