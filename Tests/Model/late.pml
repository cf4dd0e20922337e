/*
 * late.pml: an end of all that comes to the store after its sender has lost the connection and has joined again.  The
 * sender does not know what became of it, and sends it once more.
 *
 * Host 0 ends all sessions of a user, again and again until the store has answered.  Of a connection that is gone, one
 * call may still be on its way.  Once the end is answered, the user logs in.
 *
 * Property: no session ends that began after an end of all had been answered, unless another one was asked for (P3).
 */
#define JOINS 3
byte join = 1;                  /* the number of the member's last join, as store and host have it */
byte late;                      /* a call of an older connection is on its way: the join in which it was sent */
byte sent;                      /* the call of this connection: the join in which it was sent */
bit answered;
bit session;                    /* began after the answer */

#ifdef WITHOUT_callOfThisJoin
#define FITS(x) 1
#else
#define FITS(x) ((x) == join)
#endif

active proctype world() {
    do
    :: d_step { !answered && sent == 0 -> sent = join }
    :: d_step { sent != 0 -> sent = 0; answered = 1 }
    /* the connection is gone, and the call is lost or late; the host joins again */
    :: d_step { join < JOINS -> join++; if :: sent != 0 -> late = sent :: else fi; sent = 0 }
    :: d_step { join < JOINS -> join++; sent = 0 }
    :: d_step { late != 0 && FITS(late) -> late = 0; assert(!session) }
    :: d_step { late != 0 && !FITS(late) -> late = 0 }
    :: d_step { answered && !session -> session = 1 }
#ifdef REACH
#if REACH == 1                  /* a session begins while such a call is on its way */
    :: d_step { session && late != 0 -> assert(false) }
#endif
#endif
    od
}
