/*
 * begin.pml: where a login may begin, while two primaries of the store serve.  Host 0 has lost its memory; it reads the
 * new primary's stream and joins there.  Host 1 ends all sessions, which the old primary answers as long as the third
 * node follows it.  Host 0 is no member there any more, and has no lease.
 *
 * The number of an older epoch is less than any of a newer one: an end of all that the old primary has answered cancels
 * no login of the new epoch.
 *
 * Property: host 0 accepts no session whose login began before an end of all that has been answered (P2, P4).
 */
#define OLD 0
#define NEW 1
bit third;                      /* whom the third node follows: what it has is confirmed */
byte way;                       /* of host 0: 1 has read the new stream, 2 its join there was confirmed */
bit begun;                      /* a login is under way */
bit asked;                      /* the end of all, by host 1, in the old epoch */
bit before;                     /* ghost: the login began before the end of all was asked for */
bit answered;
bit cancels;                    /* the new stream has an end of all with a number above the login's */
bit home;                       /* the epoch that host 1 is in */
bit session;

#define CHECK assert(!(session && before && answered))

active proctype world() {
    do
    :: d_step { third == OLD -> third = NEW }
    :: d_step { way == 0 -> way = 1 }
    :: d_step { way == 1 && third == NEW -> way = 2 }
#ifdef WITHOUT_loginOfMember
    :: d_step { way >= 1 && !begun && !session -> begun = 1; before = !asked; cancels = 0 }
#else
    :: d_step { way == 2 && !begun && !session -> begun = 1; before = !asked; cancels = 0 }
#endif
    :: d_step { begun && way == 2 -> begun = 0; session = !cancels; CHECK }
    :: d_step { !asked && home == OLD -> asked = 1 }
    :: d_step { asked && !answered && home == OLD && third == OLD -> answered = 1; CHECK }
    /* host 1 comes to the new epoch, and ends all there what the old primary has not answered */
    :: d_step { home == OLD && third == NEW -> home = NEW }
    :: d_step { home == NEW && asked && !answered -> answered = 1; cancels = 1; session = 0; CHECK }
#ifdef REACH
#if REACH == 1                  /* a session of the new epoch, beside an end of all that the old primary has answered */
    :: d_step { session && answered && home == OLD -> assert(false) }
#endif
#endif
    od
}
